// OpenSSL's MD5, the second opinion of tests.

#ifndef KINESIS_CORE_TESTING_INTERNAL_OPENSSL_MD5_H_
#define KINESIS_CORE_TESTING_INTERNAL_OPENSSL_MD5_H_

#include <openssl/evp.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string_view>

#include "kinesis_core/hash_key.h"

namespace kinesis::internal {

// One context for many digests. Not thread-safe. Aborts if OpenSSL refuses.
class OpenSslMd5 {
 public:
  HashKey Digest(std::string_view message) {
    std::array<unsigned char, 16> bytes;
    if (EVP_DigestInit_ex(context_.get(), EVP_md5(), nullptr) != 1 ||
        EVP_DigestUpdate(context_.get(), message.data(), message.size()) != 1 ||
        EVP_DigestFinal_ex(context_.get(), bytes.data(), nullptr) != 1) {
      std::abort();
    }
    uint64_t high = 0;
    uint64_t low = 0;
    for (size_t i = 0; i < 8; ++i) {
      high = high << 8 | bytes[i];
      low = low << 8 | bytes[i + 8];
    }
    return HashKey::FromHalves(high, low);
  }

 private:
  struct Free {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  };

  std::unique_ptr<EVP_MD_CTX, Free> context_{EVP_MD_CTX_new()};
};

}  // namespace kinesis::internal

#endif  // KINESIS_CORE_TESTING_INTERNAL_OPENSSL_MD5_H_
