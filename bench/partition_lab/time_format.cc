#include "kinesis_core/lab/time_format.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstddef>

#include "absl/strings/numbers.h"
#include "kinesis_core/internal/base/status.h"

namespace kinesis::lab {
namespace {

constexpr int64_t kFirstYear = 2000;  // a leap year
constexpr int64_t kHalfYearHours = 24 * 183;

bool IsDigit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }

bool AllDigits(std::string_view text) { return std::all_of(text.begin(), text.end(), IsDigit); }

// Seconds east of "Z", "+02", "+0200" or "+02:00"; nothing if it is no zone.
std::optional<int> ParseOffset(std::string_view text) {
  if (text == "Z" || text == "z") return 0;
  if (text.size() != 3 && text.size() != 5 && text.size() != 6) return std::nullopt;
  if (text.front() != '+' && text.front() != '-') return std::nullopt;
  std::string digits(text.substr(1, 2));
  digits += text.size() == 3 ? "00" : text.substr(text.size() - 2);
  if ((text.size() == 6 && text[3] != ':') || !AllDigits(digits)) return std::nullopt;
  const int hours = (digits[0] - '0') * 10 + (digits[1] - '0');
  const int minutes = (digits[2] - '0') * 10 + (digits[3] - '0');
  if (hours > 23 || minutes > 59) return std::nullopt;
  return (text.front() == '-' ? -1 : 1) * (hours * 3'600 + minutes * 60);
}

// True if a strptime pattern has one of these directives; E and O may stand before the letter.
bool HasDirective(std::string_view pattern, std::string_view letters) {
  for (size_t at = 0; at < pattern.size(); ++at) {
    if (pattern[at] != '%') continue;
    const auto is_modifier = [](char c) { return c == 'E' || c == 'O' || c == '*' || IsDigit(c); };
    for (++at; at + 1 < pattern.size() && is_modifier(pattern[at]); ++at) {
    }
    if (at < pattern.size() && letters.find(pattern[at]) != letters.npos) return true;
  }
  return false;
}

absl::StatusOr<absl::TimeZone> FindZone(const std::string& name) {
  if (const std::optional<int> offset = ParseOffset(name)) return absl::FixedTimeZone(*offset);
  absl::TimeZone zone;
  if (!name.empty() && absl::LoadTimeZone(name, &zone)) return zone;
  return internal::FieldError("time zone", name,
                              "be UTC, an offset such as +02:00, or a name such as Europe/Berlin");
}

}  // namespace

absl::StatusOr<TimeFormat> TimeFormat::Create(const std::string& format, const std::string& zone) {
  TimeFormat made;
  const absl::StatusOr<absl::TimeZone> found = FindZone(zone);
  if (!found.ok()) return found.status();
  made.zone_ = *found;
  struct Unit {
    std::string_view name;
    absl::Duration unit;
    int digits;
  };
  const Unit units[] = {{"unix_s", absl::Seconds(1), 9},
                        {"unix_ms", absl::Milliseconds(1), 6},
                        {"unix_us", absl::Microseconds(1), 3},
                        {"unix_ns", absl::Nanoseconds(1), 0}};
  for (const Unit& one : units) {
    if (format != one.name) continue;
    made.kind_ = Kind::kCount;
    made.unit_ = one.unit;
    made.unit_digits_ = one.digits;
    return made;
  }
  made.pattern_ = format;
  if (format == "rfc3339") made.kind_ = Kind::kRfc3339;
  if (format == "iso8601") made.kind_ = Kind::kIso8601;
  if (format == "clf") {
    made.kind_ = Kind::kClf;
    made.pattern_ = "%d/%b/%Y:%H:%M:%E*S";
  }
  if (format == "syslog") made.pattern_ = "%b %d %H:%M:%E*S";
  if (made.kind_ != Kind::kPattern) return made;
  if (made.pattern_.find('%') == std::string::npos) {
    return internal::FieldError("time format", format,
                                "be unix_s, unix_ms, unix_us, unix_ns, rfc3339, iso8601, clf, "
                                "syslog, or a pattern of strptime such as %Y-%m-%d %H:%M:%S");
  }
  if (HasDirective(made.pattern_, "Z")) {
    return internal::FieldError("time format", format,
                                "not have %Z, which skips a zone's name: use %z for +0200, or "
                                "write the name as it stands and give the time zone");
  }
  made.pattern_has_zone_ = HasDirective(made.pattern_, "zs");
  made.pattern_has_year_ = HasDirective(made.pattern_, "YyGgCcDxFs");
  return made;
}

void TimeFormat::Restart() {
  year_ = kFirstYear;
  previous_.reset();
  without_zone_ = zone_behind_ = 0;
}

std::optional<int64_t> TimeFormat::Parse(std::string_view text, std::string_view behind) {
  const std::optional<absl::Time> time = ParseTime(text, behind);
  if (!time || *time < absl::UnixEpoch()) return std::nullopt;
  if (*time >= absl::FromUnixSeconds(9'223'372'036)) return std::nullopt;
  return absl::ToUnixNanos(*time);
}

std::optional<absl::Time> TimeFormat::ParseTime(std::string_view text, std::string_view behind) {
  switch (kind_) {
    case Kind::kCount:
      return ParseCount(text);
    case Kind::kRfc3339:
    case Kind::kIso8601:
      return ParseIso(text);
    case Kind::kClf:
      if (!text.empty() && text.front() == '[') text.remove_prefix(1);
      if (!text.empty() && text.back() == ']') text.remove_suffix(1);
      if (const size_t blank = text.find(' '); blank != text.npos) {
        behind = text.substr(blank + 1);
        text = text.substr(0, blank);
        if (!ParseOffset(behind)) return std::nullopt;
        const std::optional<absl::Time> time = ParsePattern(text, behind);
        --zone_behind_;  // it is the time's own
        return time;
      }
      return ParsePattern(text, behind);
    case Kind::kPattern:
      return ParsePattern(text, behind);
  }
  return std::nullopt;
}

std::optional<absl::Time> TimeFormat::ParseCount(std::string_view text) const {
  // Decimal digits, with a point among them: exact to the nanosecond.
  const size_t point = std::min(text.find('.'), text.size());
  const std::string_view whole = text.substr(0, point);
  std::string decimals(text.substr(std::min(point + 1, text.size())));
  int64_t count = 0;
  const bool is_decimal = !whole.empty() && AllDigits(whole) && AllDigits(decimals) &&
                          absl::SimpleAtoi(internal::ToAbsl(whole), &count);
  if (is_decimal) {
    decimals.resize(static_cast<size_t>(unit_digits_), '0');
    int64_t nanos = 0;
    if (!decimals.empty() && !absl::SimpleAtoi(decimals, &nanos)) return std::nullopt;
    return absl::UnixEpoch() + count * unit_ + absl::Nanoseconds(nanos);
  }
  // 1.7e9, as some write JSON.
  if (text.find_first_not_of("0123456789.eE+-") != text.npos) return std::nullopt;
  double value = 0;
  if (!absl::SimpleAtod(internal::ToAbsl(text), &value) || std::isnan(value)) return std::nullopt;
  return absl::UnixEpoch() + value * unit_;
}

std::optional<absl::Time> TimeFormat::ParseIso(std::string_view text) {
  // 2015-05-17T10:05, and what may follow.
  constexpr size_t kMinuteEnd = 16;
  if (text.size() < kMinuteEnd) return std::nullopt;
  std::string plain(text);
  if (plain[10] == ' ' || plain[10] == 't') plain[10] = 'T';
  size_t end = kMinuteEnd;
  while (end < plain.size() &&
         (IsDigit(plain[end]) || plain[end] == ':' || plain[end] == '.' || plain[end] == ',')) {
    if (plain[end] == ',') plain[end] = '.';
    ++end;
  }
  const bool has_seconds = end > kMinuteEnd;
  std::string_view zone = std::string_view(plain).substr(end);
  if (!zone.empty() && zone.front() == ' ') zone.remove_prefix(1);
  const std::optional<int> offset = ParseOffset(zone);
  const bool is_strict = kind_ == Kind::kRfc3339;
  if (!offset && (is_strict || !zone.empty())) return std::nullopt;
  if (is_strict && !has_seconds) return std::nullopt;
  if (!offset) ++without_zone_;
  plain.resize(end);
  absl::Time time;
  if (!absl::ParseTime(has_seconds ? "%Y-%m-%dT%H:%M:%E*S" : "%Y-%m-%dT%H:%M", plain,
                       offset ? absl::FixedTimeZone(*offset) : zone_, &time, nullptr)) {
    return std::nullopt;
  }
  return time;
}

std::optional<absl::Time> TimeFormat::ParsePattern(std::string_view text, std::string_view behind) {
  const absl::TimeZone configured = zone_;
  if (!pattern_has_zone_) {
    if (!behind.empty() && behind.back() == ']') behind.remove_suffix(1);
    const std::optional<int> offset = behind.size() >= 5 ? ParseOffset(behind) : std::nullopt;
    if (offset) zone_ = absl::FixedTimeZone(*offset);
    ++(offset ? zone_behind_ : without_zone_);
  }
  std::optional<absl::Time> time;
  if (pattern_has_year_) {
    time = WithPattern(pattern_, std::string(text));
  } else {
    const auto in_year = [&](int64_t year) {
      return WithPattern("%Y " + pattern_, std::to_string(year) + " " + std::string(text));
    };
    time = in_year(year_);
    const absl::Duration half = absl::Hours(kHalfYearHours);
    if (previous_ && (!time || *time < *previous_ - half)) {
      const std::optional<absl::Time> next = in_year(year_ + 1);
      if (next && (!time || *next < *previous_ + half)) {
        time = next;
        ++year_;
      }
    } else if (previous_ && *time > *previous_ + half) {
      // A straggler of the year before.
      const std::optional<absl::Time> before = in_year(year_ - 1);
      zone_ = configured;
      return before ? before : time;
    }
    if (time) previous_ = time;
  }
  zone_ = configured;
  return time;
}

std::optional<absl::Time> TimeFormat::WithPattern(const std::string& pattern,
                                                  const std::string& text) const {
  absl::Time time;
  if (!absl::ParseTime(pattern, text, zone_, &time, nullptr)) return std::nullopt;
  // "infinite-future" is a time to Abseil.
  if (time == absl::InfiniteFuture() || time == absl::InfinitePast()) return std::nullopt;
  return time;
}

}  // namespace kinesis::lab
