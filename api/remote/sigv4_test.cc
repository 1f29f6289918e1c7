// Signatures against Amazon's published vectors, and signatures and URLs against botocore's: the
// files of testdata are botocore_fixtures.py's, and the requests are made here by its rules.
#include "kinesis_core/api/remote/sigv4.h"

#include <fstream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "kinesis_core/api/account_operations.h"
#include "kinesis_core/api/record_operations.h"
#include "kinesis_core/api/remote/internal/split_mix.h"
#include "kinesis_core/api/remote/presigned_url.h"
#include "kinesis_core/api/stream_operations.h"
#include "kinesis_core/api/tag_operations.h"
#include "kinesis_core/simulated_clock.h"

namespace kinesis::api {
namespace {

using internal::SplitMix64;

constexpr size_t kCount = 2000;

std::string SignatureIn(const std::string& text) { return text.substr(text.size() - 64); }

std::vector<std::string> Words(const std::string& file) {
  std::ifstream in("api/remote/testdata/" + file);
  std::vector<std::string> words;
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

// --- Amazon's vectors ----------------------------------------------------------------------------

// Those of aws-sig-v4-test-suite: its credentials, date and host; each with its signature.
TEST(SigV4Test, AmazonsVectorsComeOut) {
  struct Vector {
    std::string name, method, target;
    std::vector<HttpHeader> headers;
    std::string body, signature;
  };
  const std::vector<Vector> vectors = {
      {"get-vanilla",
       "GET",
       "/",
       {},
       "",
       "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
      {"post-vanilla",
       "POST",
       "/",
       {},
       "",
       "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"},
      {"get-vanilla-query-order-key-case",
       "GET",
       "/?Param2=value2&Param1=value1",
       {},
       "",
       "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"},
      {"get-slash",
       "GET",
       "//",
       {},
       "",
       "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
      {"get-utf8",
       "GET",
       "/\xe1\x88\xb4",
       {},
       "",
       "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85"},
      {"post-header-key-sort",
       "POST",
       "/",
       {{"My-Header1", "value1"}},
       "",
       "c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c"},
      {"post-x-www-form-urlencoded",
       "POST",
       "/",
       {{"Content-Type", "application/x-www-form-urlencoded"}},
       "Param1=value1",
       "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"},
  };
  const Credentials credentials = {"AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"};
  const SigningScope scope = {"us-east-1", "service", absl::FromUnixSeconds(1440938160)};
  for (const Vector& vector : vectors) {
    HttpRequest request;
    request.method = vector.method;
    request.url = "https://example.amazonaws.com" + vector.target;
    request.headers = vector.headers;
    request.body = vector.body;
    const auto headers = SignatureHeaders(request, credentials, scope);
    ASSERT_TRUE(headers.ok()) << headers.status();
    EXPECT_EQ((*headers)[0].value, "20150830T123600Z");
    EXPECT_EQ(SignatureIn(headers->back().value), vector.signature) << vector.name;
  }
}

// --- botocore ------------------------------------------------------------------------------------

std::string Hex16(uint64_t number, bool upper = false) {
  const char* const digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
  std::string text;
  for (int shift = 60; shift >= 0; shift -= 4) text += digits[number >> shift & 15];
  return text;
}

std::string BytesOf(SplitMix64& random, uint64_t most) {
  std::string bytes(random.Below(most + 1), '\0');
  for (char& c : bytes) c = static_cast<char>(random.Below(256));
  return bytes;
}

std::string TextOf(SplitMix64& random, uint64_t most) {
  static constexpr std::string_view kPieces[] = {"a",
                                                 "Z",
                                                 "0",
                                                 ".",
                                                 "_",
                                                 "-",
                                                 "~",
                                                 " ",
                                                 "/",
                                                 "+",
                                                 "=",
                                                 "&",
                                                 "%",
                                                 "\"",
                                                 "\xc3\xa9",
                                                 "\xe2\x82\xac",
                                                 "\xf0\x9f\x98\x80"};
  std::string text;
  for (uint64_t n = 1 + random.Below(most); n > 0; --n) {
    text += kPieces[random.Below(std::size(kPieces))];
  }
  return text;
}

struct Common {
  Credentials credentials;
  SigningScope scope;
};

Common CommonOf(SplitMix64& random) {
  static const std::string kRegions[] = {"us-east-1", "eu-central-1", "ap-southeast-2",
                                         "us-gov-west-1"};
  Common common;
  common.credentials.access_key_id = "AKIA" + Hex16(random.Next(), /*upper=*/true);
  common.credentials.secret_access_key = Hex16(random.Next());
  common.credentials.secret_access_key += "/+" + Hex16(random.Next());
  if (random.Below(3) == 0) common.credentials.session_token = "tok/+=" + Hex16(random.Next());
  common.scope.region = kRegions[random.Below(4)];
  common.scope.time = absl::FromUnixSeconds(1'427'846'400) +
                      absl::Seconds(static_cast<int64_t>(random.Below(1'000'000'000)));
  return common;
}

TEST(SigV4Test, TwoThousandRequestsAreSignedAsByBotocore) {
  const std::vector<std::string> expected = Words("signatures.txt");
  ASSERT_EQ(expected.size(), kCount);
  for (size_t i = 0; i < kCount; ++i) {
    SplitMix64 random(i);
    const Common common = CommonOf(random);
    HttpRequest request;
    request.method = "POST";
    request.headers = {{"Content-Type", "application/x-amz-json-1.1"},
                       {"X-Amz-Target", "Kinesis_20131202.PutRecord"},
                       {"User-Agent", "not signed"}};
    if (random.Below(2) == 0) {
      request.headers.push_back(
          {"X-Note", "  two   blanks and " + std::string(random.Below(20), 'x') + "  "});
    }
    static constexpr std::string_view kPaths[] = {"/", "/a/b", "/a%20b//c/", "/x/../y/./z", ""};
    static constexpr std::string_view kQueries[] = {"", "?b=2&a=1", "?name=a%20b&name=&empty"};
    static constexpr std::string_view kPorts[] = {"", ":443", ":4567"};
    const std::string_view path = kPaths[random.Below(5)];
    const std::string_view query = kQueries[random.Below(3)];
    const std::string_view port = kPorts[random.Below(3)];
    request.url = "https://kinesis." + common.scope.region + ".amazonaws.com";
    request.url.append(port).append(path).append(query);
    request.body = BytesOf(random, 200);
    const auto headers = SignatureHeaders(request, common.credentials, common.scope);
    ASSERT_TRUE(headers.ok()) << headers.status();
    ASSERT_EQ(SignatureIn(headers->back().value).substr(0, 16), expected[i])
        << i << " " << request.url << " " << headers->back().value;
  }
}

absl::StatusOr<std::string> UrlOf(SplitMix64& random, const RemoteOptions& options) {
  const auto expires = [&random] {
    return absl::Seconds(static_cast<int64_t>(1 + random.Below(604'800)));
  };
  switch (random.Below(6)) {
    case 0: {
      ListStreamsRequest request;
      request.exclusive_start_stream_name = TextOf(random, 12);
      request.limit = static_cast<int32_t>(1 + random.Below(100));
      return GeneratePresignedUrl(request, expires(), options);
    }
    case 1: {
      const std::string data = BytesOf(random, 60);
      const std::string key = TextOf(random, 20);
      const std::string name = TextOf(random, 9);
      return GeneratePresignedUrl(
          PutRecordRequest{.stream_name = name, .data = data, .partition_key = key}, expires(),
          options);
    }
    case 2: {
      GetShardIteratorRequest request;
      request.shard_id = ShardId(1);
      request.shard_iterator_type = ShardIteratorType::kAtTimestamp;
      request.stream_name = TextOf(random, 9);
      request.timestamp = absl::FromUnixSeconds(static_cast<int64_t>(random.Below(2'000'000'000)));
      return GeneratePresignedUrl(request, expires(), options);
    }
    case 3: {
      RemoveTagsFromStreamRequest request;
      request.stream_name = TextOf(random, 9);
      request.tag_keys.emplace();
      for (uint64_t n = 1 + random.Below(4); n > 0; --n) {
        request.tag_keys->push_back(TextOf(random, 5));
      }
      return GeneratePresignedUrl(request, expires(), options);
    }
    case 4: {
      DeleteStreamRequest request;
      request.enforce_consumer_deletion = random.Below(2) == 0;
      request.stream_name = TextOf(random, 9);
      return GeneratePresignedUrl(request, expires(), options);
    }
    default:
      return GeneratePresignedUrl(DescribeLimitsRequest(), expires(), options);
  }
}

TEST(SigV4Test, TwoThousandUrlsAreSignedAsByBotocore) {
  const std::vector<std::string> expected = Words("presigned_urls.txt");
  ASSERT_EQ(expected.size(), kCount);
  for (size_t i = 0; i < kCount; ++i) {
    SplitMix64 random(kCount + i);
    const Common common = CommonOf(random);
    SimulatedClock clock(common.scope.time);
    const auto url =
        UrlOf(random,
              {.region = common.scope.region, .credentials = common.credentials, .clock = &clock});
    ASSERT_TRUE(url.ok()) << url.status();
    ASSERT_EQ(SignatureIn(*url).substr(0, 16), expected[i]) << i << " " << *url;
  }
}

// --- What is refused -----------------------------------------------------------------------------

TEST(SigV4Test, WhatCannotBeSignedIsSaidByName) {
  HttpRequest request;
  request.method = "GET";
  request.url = "https://example.com/";
  const Credentials credentials = {"id", "secret"};
  const SigningScope scope = {.time = absl::FromUnixSeconds(1)};
  const auto message = [](const auto& result) { return std::string(result.status().message()); };

  EXPECT_EQ(message(SignatureHeaders(request, {"", "secret"}, scope)),
            "access_key_id must not be empty");
  EXPECT_EQ(message(SignatureHeaders(request, {"id", ""}, scope)),
            "secret_access_key must not be empty");
  EXPECT_EQ(message(SignatureHeaders(request, credentials, {.time = absl::InfiniteFuture()})),
            "time must be in the years 1970 to 9999");
  for (const std::string url : {"", "example.com", "://x", "https://", "https:///path"}) {
    request.url = url;
    EXPECT_EQ(message(SignatureHeaders(request, credentials, scope)),
              "url must have a scheme and a host: " + url);
  }
  request.url = "https://example.com/";
  for (const absl::Duration expires :
       {absl::ZeroDuration(), absl::Hours(7 * 24 + 1), absl::InfiniteDuration()}) {
    EXPECT_EQ(PresignedUrl(request, credentials, scope, expires).status().code(),
              absl::StatusCode::kInvalidArgument);
  }
}

TEST(SigV4Test, AUrlHoldsNoStructures) {
  PutRecordsRequest request{.stream_name = "s"};
  request.records.emplace();
  request.records->push_back({.data = "x", .partition_key = "k"});
  const RemoteOptions options = {.credentials = {"id", "secret"}};
  EXPECT_EQ(GeneratePresignedUrl(request, absl::Hours(1), options).status().message(),
            "Records has structure, which the query of a URL cannot hold");
}

}  // namespace
}  // namespace kinesis::api
