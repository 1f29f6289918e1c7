#include "kinesis_core/api/remote/sigv4.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "kinesis_core/api/internal/status_macros.h"
#include "kinesis_core/api/remote/internal/percent_encoding.h"

namespace kinesis::api {
namespace {

using internal::AppendPercentEncoded;
using internal::PercentDecoded;

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";
constexpr auto kNotSigned =
    std::to_array<std::string_view>({"expect", "user-agent", "x-amzn-trace-id"});
constexpr absl::Duration kLongestExpiry = absl::Hours(7 * 24);

// --- Hashes --------------------------------------------------------------------------------------

std::string Hex(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    hex += kDigits[byte >> 4];
    hex += kDigits[byte & 15];
  }
  return hex;
}

std::string Sha256(std::string_view bytes) {
  std::string digest(EVP_MAX_MD_SIZE, '\0');
  unsigned int size = 0;
  EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(digest.data()), &size,
             EVP_sha256(), nullptr);
  digest.resize(size);
  return digest;
}

std::string HmacSha256(std::string_view key, std::string_view text) {
  std::string digest(EVP_MAX_MD_SIZE, '\0');
  unsigned int size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(),
       reinterpret_cast<unsigned char*>(digest.data()), &size);
  digest.resize(size);
  return digest;
}

// --- The canonical form of a request -------------------------------------------------------------

struct UrlParts {
  std::string_view before_query;
  std::string_view host;  // with a port that is not the scheme's own
  std::string_view path;
  std::string_view query;
};

std::optional<UrlParts> SplitUrl(std::string_view url) {
  const std::string_view whole = url.substr(0, url.find('#'));
  const size_t scheme_end = whole.find("://");
  if (scheme_end == std::string_view::npos || scheme_end == 0) return std::nullopt;
  const std::string_view scheme = whole.substr(0, scheme_end);
  UrlParts parts;
  parts.before_query = whole.substr(0, whole.find('?'));
  if (parts.before_query.size() < whole.size()) {
    parts.query = whole.substr(parts.before_query.size() + 1);
  }
  const std::string_view rest =
      parts.before_query.substr(std::min(scheme_end + 3, parts.before_query.size()));
  parts.host = rest.substr(0, rest.find('/'));
  parts.path = rest.substr(parts.host.size());
  const std::string_view own_port = scheme == "https" ? ":443" : scheme == "http" ? ":80" : "";
  if (!own_port.empty() && parts.host.ends_with(own_port)) {
    parts.host.remove_suffix(own_port.size());
  }
  if (parts.host.empty()) return std::nullopt;
  return parts;
}

// Without dots and empty segments, and each segment encoded once more than it is.
std::string CanonicalPath(std::string_view path) {
  std::vector<std::string_view> segments;
  for (size_t begin = 0; begin <= path.size();) {
    const size_t end = std::min(path.find('/', begin), path.size());
    const std::string_view segment = path.substr(begin, end - begin);
    if (segment == "..") {
      if (!segments.empty()) segments.pop_back();
    } else if (!segment.empty() && segment != ".") {
      segments.push_back(segment);
    }
    begin = end + 1;
  }
  std::string canonical;
  for (const std::string_view segment : segments) {
    canonical += '/';
    AppendPercentEncoded(segment, &canonical);
  }
  if (canonical.empty() || path.ends_with('/')) canonical += '/';
  return canonical;
}

// In order of name and value, as they are encoded.
std::string CanonicalQuery(std::string_view query) {
  std::vector<std::pair<std::string, std::string>> pairs;
  for (size_t begin = 0; begin < query.size();) {
    const size_t end = std::min(query.find('&', begin), query.size());
    const std::string_view pair = query.substr(begin, end - begin);
    begin = end + 1;
    if (pair.empty()) continue;
    const size_t equals = std::min(pair.find('='), pair.size());
    const std::string_view value = pair.substr(std::min(equals + 1, pair.size()));
    auto& [encoded_name, encoded_value] = pairs.emplace_back();
    AppendPercentEncoded(PercentDecoded(pair.substr(0, equals)), &encoded_name);
    AppendPercentEncoded(PercentDecoded(value), &encoded_value);
  }
  std::sort(pairs.begin(), pairs.end());
  std::string canonical;
  for (const auto& [name, value] : pairs) {
    if (!canonical.empty()) canonical += '&';
    absl::StrAppend(&canonical, name, "=", value);
  }
  return canonical;
}

// Without blanks at the ends, and one in the place of several.
std::string CanonicalValue(std::string_view value) {
  constexpr std::string_view kBlanks = " \t\n\r\f\v";
  std::string canonical;
  for (size_t begin = value.find_first_not_of(kBlanks); begin != std::string_view::npos;) {
    const size_t end = std::min(value.find_first_of(kBlanks, begin), value.size());
    if (!canonical.empty()) canonical += ' ';
    canonical += value.substr(begin, end - begin);
    begin = value.find_first_not_of(kBlanks, end);
  }
  return canonical;
}

// The headers that are signed, by name in small letters; several of one name in one.
using CanonicalHeaders = std::map<std::string, std::string>;

CanonicalHeaders HeadersToSign(const std::vector<HttpHeader>& headers, std::string_view host) {
  CanonicalHeaders canonical;
  for (const HttpHeader& header : headers) {
    const std::string name = absl::AsciiStrToLower(header.name);
    if (std::find(kNotSigned.begin(), kNotSigned.end(), name) != kNotSigned.end()) continue;
    const auto [at, is_first] = canonical.try_emplace(name);
    if (!is_first) at->second += ',';
    at->second += CanonicalValue(header.value);
  }
  canonical.try_emplace("host", host);
  return canonical;
}

std::string NamesOf(const CanonicalHeaders& headers) {
  std::string names;
  for (const auto& [name, value] : headers) {
    if (!names.empty()) names += ';';
    names += name;
  }
  return names;
}

// --- The signature -------------------------------------------------------------------------------

// What a request is signed in the name of.
struct Signer {
  UrlParts url;
  std::string time;        // 20150830T123600Z
  std::string date_scope;  // 20150830/us-east-1/service/aws4_request
};

absl::StatusOr<Signer> MakeSigner(const HttpRequest& request, const Credentials& credentials,
                                  const SigningScope& scope) {
  const std::optional<UrlParts> url = SplitUrl(request.url);
  if (!url) return absl::InvalidArgumentError("url must have a scheme and a host: " + request.url);
  if (credentials.access_key_id.empty()) {
    return absl::InvalidArgumentError("access_key_id must not be empty");
  }
  if (credentials.secret_access_key.empty()) {
    return absl::InvalidArgumentError("secret_access_key must not be empty");
  }
  const absl::TimeZone utc = absl::UTCTimeZone();
  if (scope.time < absl::UnixEpoch() ||
      scope.time >= absl::FromCivil(absl::CivilYear(10'000), utc)) {
    return absl::InvalidArgumentError("time must be in the years 1970 to 9999");
  }
  Signer signer{*url, absl::FormatTime("%Y%m%dT%H%M%SZ", scope.time, utc), {}};
  signer.date_scope =
      signer.time.substr(0, 8) + "/" + scope.region + "/" + scope.service + "/aws4_request";
  return signer;
}

std::string Sign(const Signer& signer, const Credentials& credentials, const SigningScope& scope,
                 std::string_view method, std::string_view query, const CanonicalHeaders& headers,
                 std::string_view body) {
  std::string canonical(method);
  canonical += '\n' + CanonicalPath(signer.url.path);
  canonical += '\n' + CanonicalQuery(query) + '\n';
  for (const auto& [name, value] : headers) absl::StrAppend(&canonical, name, ":", value, "\n");
  canonical += '\n' + NamesOf(headers) + '\n' + Hex(Sha256(body));
  const std::string to_sign = std::string(kAlgorithm) + '\n' + signer.time + '\n' +
                              signer.date_scope + '\n' + Hex(Sha256(canonical));
  std::string key = HmacSha256("AWS4" + credentials.secret_access_key, signer.time.substr(0, 8));
  key = HmacSha256(key, scope.region);
  key = HmacSha256(key, scope.service);
  key = HmacSha256(key, "aws4_request");
  return Hex(HmacSha256(key, to_sign));
}

}  // namespace

absl::StatusOr<std::vector<HttpHeader>> SignatureHeaders(const HttpRequest& request,
                                                         const Credentials& credentials,
                                                         const SigningScope& scope) {
  KC_ASSIGN_OR_RETURN(const Signer signer, MakeSigner(request, credentials, scope));
  std::vector<HttpHeader> added = {{"X-Amz-Date", signer.time}};
  if (!credentials.session_token.empty()) {
    added.push_back({"X-Amz-Security-Token", credentials.session_token});
  }
  std::vector<HttpHeader> all = request.headers;
  all.insert(all.end(), added.begin(), added.end());
  const CanonicalHeaders headers = HeadersToSign(all, signer.url.host);
  const std::string signature =
      Sign(signer, credentials, scope, request.method, signer.url.query, headers, request.body);
  added.push_back({"Authorization", std::string(kAlgorithm) +
                                        " Credential=" + credentials.access_key_id + "/" +
                                        signer.date_scope + ", SignedHeaders=" + NamesOf(headers) +
                                        ", Signature=" + signature});
  return added;
}

absl::StatusOr<std::string> PresignedUrl(const HttpRequest& request, const Credentials& credentials,
                                         const SigningScope& scope, absl::Duration expires) {
  if (expires < absl::Seconds(1) || expires > kLongestExpiry) {
    return absl::InvalidArgumentError("expires must be between 1 second and 7 days: " +
                                      absl::FormatDuration(expires));
  }
  KC_ASSIGN_OR_RETURN(const Signer signer, MakeSigner(request, credentials, scope));
  const CanonicalHeaders headers = HeadersToSign(request.headers, signer.url.host);
  std::string query(signer.url.query);
  const auto add = [&query](std::string_view name, std::string_view value) {
    if (!query.empty()) query += '&';
    query += name;
    query += '=';
    AppendPercentEncoded(value, &query);
  };
  add("X-Amz-Algorithm", kAlgorithm);
  add("X-Amz-Credential", credentials.access_key_id + "/" + signer.date_scope);
  add("X-Amz-Date", signer.time);
  add("X-Amz-Expires", std::to_string(absl::ToInt64Seconds(expires)));
  add("X-Amz-SignedHeaders", NamesOf(headers));
  if (!credentials.session_token.empty()) add("X-Amz-Security-Token", credentials.session_token);
  const std::string signature =
      Sign(signer, credentials, scope, request.method, query, headers, /*body=*/"");
  return std::string(signer.url.before_query) + "?" + query + "&X-Amz-Signature=" + signature;
}

}  // namespace kinesis::api
