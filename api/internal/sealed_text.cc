#include "kinesis_core/api/internal/sealed_text.h"

#include "absl/strings/escaping.h"
#include "absl/strings/string_view.h"

namespace kinesis::api::internal {
namespace {

constexpr std::string_view kVersion("\0\0\0\0\0\0\0\1", 8);
constexpr size_t kTagBytes = 16;
constexpr size_t kBlockBytes = 16;

absl::string_view ToAbsl(std::string_view text) { return {text.data(), text.size()}; }

std::string TagOf(const SealKey& key, std::string_view bytes) {
  std::string tag;
  AppendNumber(SipHash(key.first, bytes), &tag);
  AppendNumber(SipHash(key.second, bytes), &tag);
  return tag;
}

}  // namespace

SealKey SealKey::FromSeed(uint64_t seed) {
  const auto word = [seed](std::string_view purpose) { return SipHash({seed, ~seed}, purpose); };
  return {{word("first low"), word("first high")}, {word("second low"), word("second high")}};
}

std::string Seal(const SealKey& key, std::string_view body) {
  std::string bytes(kVersion);
  bytes += body;
  const size_t padding = kBlockBytes - body.size() % kBlockBytes;
  bytes.append(padding, static_cast<char>(padding));
  bytes += TagOf(key, bytes);
  return absl::Base64Escape(bytes);
}

std::optional<std::string> Unseal(const SealKey& key, std::string_view text) {
  std::string bytes;
  if (!absl::Base64Unescape(ToAbsl(text), &bytes)) return std::nullopt;
  if (absl::Base64Escape(bytes) != ToAbsl(text)) return std::nullopt;
  if (bytes.size() < kVersion.size() + kBlockBytes + kTagBytes) return std::nullopt;
  const std::string_view all = bytes;
  const std::string_view signed_part = all.substr(0, all.size() - kTagBytes);
  if (signed_part.substr(0, kVersion.size()) != kVersion) return std::nullopt;
  if (all.substr(signed_part.size()) != TagOf(key, signed_part)) return std::nullopt;
  // Text that Seal wrote has its padding.
  const std::string_view padded = signed_part.substr(kVersion.size());
  return std::string(padded.substr(0, padded.size() - static_cast<size_t>(padded.back())));
}

void AppendNumber(uint64_t number, std::string* body) {
  for (int shift = 0; shift < 64; shift += 8) body->push_back(static_cast<char>(number >> shift));
}

std::optional<uint64_t> TakeNumber(std::string_view* body) {
  constexpr size_t kBytes = 8;
  if (body->size() < kBytes) return std::nullopt;
  uint64_t number = 0;
  for (size_t i = 0; i < kBytes; ++i) {
    number |= uint64_t{static_cast<unsigned char>((*body)[i])} << (8 * i);
  }
  body->remove_prefix(kBytes);
  return number;
}

}  // namespace kinesis::api::internal
