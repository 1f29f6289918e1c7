// Measures what the hash of a partition key costs: the library's own functions, each multi-lane MD5
// that this processor can run, and the MD5 of OpenSSL and Boost as peers.
//
//   bazel run --config=opt //bench:hashing
//   bazel run --config=opt //bench:hashing -- --input=access.log --key_field=1
//
//     md5                  Md5HashKey(), one key a call
//     md5_batch_KERNEL     all keys in one call, by the named kernel; the library takes the first
//     xxh3, xxh3_batch     Xxh3Partitioner()'s Hash() and HashBatch()
//     openssl_evp          EVP_Digest*, the digest fetched once and the context reused
//     openssl_legacy       MD5()
//     boost_uuid           boost::uuids::detail::md5
//
// Keys are 4,096 random ones of 8, 16, 36 and 100 bytes each, and those of the file, if one is
// given: field --key_field of each line, counted from 1, separated by spaces. Read time_per_key: a
// benchmark's own time is that of all keys. Every digest is compared before a case is timed and
// after. Repetitions of all cases are interleaved at random; flags of Google Benchmark override
// what main() sets.
#include <openssl/evp.h>
#include <openssl/md5.h>

#include <algorithm>
#include <array>
#include <boost/uuid/detail/md5.hpp>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <deque>
#include <fstream>
#include <functional>
#include <memory>
#include <random>
#include <span>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "bench/bench_environment.h"
#include "benchmark/benchmark.h"
#include "kinesis_core/hash_key.h"
#include "kinesis_core/internal/md5/md5_batch.h"
#include "kinesis_core/internal/md5/md5_kernel.h"
#include "kinesis_core/partitioner.h"

ABSL_FLAG(std::string, input, "", "a text file to take keys from, one a line; empty: none");
ABSL_FLAG(size_t, key_field, 1, "which field of a line is the key, counted from 1");

namespace kinesis::bench {
namespace {

constexpr uint64_t kSeed = 42;
constexpr size_t kRandomKeys = 4096;

using Keys = std::vector<std::string>;
using Views = std::span<const std::string_view>;
using Digests = std::span<HashKey>;
using HashAll = std::function<void(Views, Digests)>;

// A function from a key to its HashKey, as one over many keys.
template <typename HashOne>
HashAll OneByOne(HashOne hash_one) {
  return [hash_one](Views keys, Digests digests) {
    for (size_t i = 0; i < keys.size(); ++i) digests[i] = hash_one(keys[i]);
  };
}

HashKey FromBytes(const unsigned char* bytes) {
  uint64_t high = 0;
  uint64_t low = 0;
  for (size_t i = 0; i < 8; ++i) {
    high = high << 8 | bytes[i];
    low = low << 8 | bytes[i + 8];
  }
  return HashKey::FromHalves(high, low);
}

// The digest fetched once, one context for all: OpenSSL as fast as its current interface gets.
class OpenSslEvp {
 public:
  HashKey operator()(std::string_view key) const {
    std::array<unsigned char, MD5_DIGEST_LENGTH> bytes = {};
    EVP_DigestInit_ex(context_.get(), md5_.get(), nullptr);
    EVP_DigestUpdate(context_.get(), key.data(), key.size());
    EVP_DigestFinal_ex(context_.get(), bytes.data(), nullptr);
    return FromBytes(bytes.data());
  }

 private:
  std::shared_ptr<EVP_MD_CTX> context_{EVP_MD_CTX_new(), EVP_MD_CTX_free};
  std::shared_ptr<EVP_MD> md5_{EVP_MD_fetch(nullptr, "MD5", nullptr), EVP_MD_free};
};

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"  // Still what much code calls.
HashKey OpenSslLegacy(std::string_view key) {
  std::array<unsigned char, MD5_DIGEST_LENGTH> bytes;
  MD5(reinterpret_cast<const unsigned char*>(key.data()), key.size(), bytes.data());
  return FromBytes(bytes.data());
}
#pragma GCC diagnostic pop

HashKey BoostUuid(std::string_view key) {
  boost::uuids::detail::md5 hash;
  hash.process_bytes(key.data(), key.size());
  boost::uuids::detail::md5::digest_type digest;
  hash.get_digest(digest);
  return HashKey::FromHalves(uint64_t{digest[0]} << 32 | digest[1],
                             uint64_t{digest[2]} << 32 | digest[3]);
}

// Runs `hash_all` over `keys` and expects of it what `reference` gives.
void RunCase(benchmark::State& state, const HashAll& hash_all, const HashAll& reference,
             const Keys& keys) {
  const std::vector<std::string_view> views(keys.begin(), keys.end());
  std::vector<HashKey> expected(keys.size());
  std::vector<HashKey> digests(keys.size());
  reference(views, expected);
  hash_all(views, digests);
  if (digests != expected) return state.SkipWithError("wrong digests");
  std::fill(digests.begin(), digests.end(), HashKey());
  for (auto _ : state) {
    hash_all(views, digests);
    benchmark::ClobberMemory();
  }
  if (digests != expected) state.SkipWithError("wrong digests");
  state.counters["time_per_key"] = benchmark::Counter(
      static_cast<double>(keys.size()),
      benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

struct NamedHash {
  std::string name;
  HashAll hash_all;
  HashAll reference;
};

HashAll BatchOf(const std::shared_ptr<const Partitioner>& partitioner) {
  return [partitioner](Views keys, Digests digests) { partitioner->HashBatch(keys, digests); };
}

std::vector<NamedHash> AllHashes() {
  const HashAll evp = OneByOne(OpenSslEvp());
  const HashAll xxh3 = OneByOne(
      [partitioner = Xxh3Partitioner()](std::string_view key) { return partitioner->Hash(key); });
  std::vector<NamedHash> hashes = {
      {"openssl_evp", evp, evp},
      {"openssl_legacy", OneByOne(OpenSslLegacy), evp},
      {"boost_uuid", OneByOne(BoostUuid), evp},
      {"md5", OneByOne(Md5HashKey), evp},
  };
  for (const internal::Md5Kernel* const kernel : internal::SupportedMd5Kernels()) {
    const HashAll batch = [kernel](Views keys, Digests digests) {
      internal::Md5BatchWith(*kernel, keys, digests);
    };
    hashes.push_back({std::string("md5_batch_") + kernel->name, batch, evp});
  }
  hashes.push_back({"xxh3", xxh3, xxh3});
  hashes.push_back({"xxh3_batch", BatchOf(Xxh3Partitioner()), xxh3});
  return hashes;
}

Keys RandomKeys(size_t size) {
  std::mt19937_64 random(kSeed);
  Keys keys(kRandomKeys, std::string(size, '\0'));
  for (std::string& key : keys) {
    for (char& byte : key) byte = static_cast<char>(random());
  }
  return keys;
}

Keys KeysOfFile(const std::string& path, size_t field) {
  Keys keys;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    std::istringstream fields(line);
    std::string key;
    for (size_t i = 0; i < field && fields >> key; ++i) continue;
    if (fields) keys.push_back(key);
  }
  return keys;
}

// Keys by the name that cases bear. A deque, so that references to what it holds last.
std::deque<std::pair<std::string, Keys>> AllKeys() {
  std::deque<std::pair<std::string, Keys>> sets;
  for (const size_t size : {8, 16, 36, 100}) {
    sets.emplace_back(std::to_string(size) + "_bytes", RandomKeys(size));
  }
  if (const std::string path = absl::GetFlag(FLAGS_input); !path.empty()) {
    sets.emplace_back("input", KeysOfFile(path, absl::GetFlag(FLAGS_key_field)));
  }
  return sets;
}

int Run() {
  const auto sets = AllKeys();
  for (const auto& [keys_name, keys] : sets) {
    if (keys.empty()) {
      std::fprintf(stderr, "hashing: no keys in --input\n");
      return 1;
    }
    for (const NamedHash& hash : AllHashes()) {
      benchmark::RegisterBenchmark((hash.name + "/" + keys_name).c_str(),
                                   [hash, &keys = keys](benchmark::State& state) {
                                     RunCase(state, hash.hash_all, hash.reference, keys);
                                   });
    }
  }
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}

}  // namespace
}  // namespace kinesis::bench

int main(int argc, char** argv) {
  // Flags of the caller come later and win.
  std::vector<std::string> defaults = {"--benchmark_repetitions=9", "--benchmark_min_time=0.02",
                                       "--benchmark_enable_random_interleaving=true",
                                       "--benchmark_display_aggregates_only=true"};
  std::vector<char*> arguments(argv, argv + argc);
  for (std::string& text : defaults) arguments.insert(arguments.begin() + 1, text.data());
  argc = static_cast<int>(arguments.size());
  kinesis::bench::PrintEnvironment();
  benchmark::Initialize(&argc, arguments.data());
  absl::ParseCommandLine(argc, arguments.data());
  return kinesis::bench::Run();
}
