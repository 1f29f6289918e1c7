// TimeFormat: times of records as nanoseconds since 1970, from the texts that logs write them as.
#ifndef KINESIS_CORE_BENCH_PARTITION_LAB_TIME_FORMAT_H_
#define KINESIS_CORE_BENCH_PARTITION_LAB_TIME_FORMAT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace kinesis::lab {

// Thread-compatible: one thread at a time. A value.
class TimeFormat {
 public:
  // `format` is one of
  //   unix_s, unix_ms, unix_us, unix_ns   counts since 1970, decimals allowed, exact to 1 ns
  //   rfc3339    2015-05-17T10:05:03.25+02:00, also with a blank for the T; the zone is a must
  //   iso8601    the same with the zone optional (Z, +02, +0200 or +02:00), a comma for the decimal
  //              point, and no seconds if need be
  //   clf        17/May/2015:10:05:03 +0200, as web servers write it, with or without brackets
  //   syslog     May 17 10:05:03 (RFC 3164)
  // or a pattern of strptime with absl::ParseTime's additions: %z and %Ez are zones, %E*S are
  // seconds with decimals. A format without a year takes the first record's year to be 2000, and
  // the next one to have begun when a time is half a year before the one before.
  //
  // `zone` is that of times without one: UTC, +02:00 or a name such as Europe/Berlin, from the
  // system's table. kInvalidArgument, kNotFound: one of the two makes no sense; %Z does not, since
  // the names of zones that it skips say nothing.
  static absl::StatusOr<TimeFormat> Create(const std::string& format, const std::string& zone);

  // Returns the time of `text`; nothing if it is not of the format or not in [1970, 2262), where
  // nanoseconds end. `behind` is the field behind it: if neither the format nor the text has a zone
  // and `behind` is one ("+0200]"), it is the time's.
  std::optional<int64_t> Parse(std::string_view text, std::string_view behind);

  // Is to be called when the input has been rewound.
  void Restart();

  // The number of times so far that had no zone of their own, and whose format can have or should
  // have one.
  uint64_t without_zone() const { return without_zone_; }
  // The number of times so far whose zone stood in the field behind them.
  uint64_t zone_behind() const { return zone_behind_; }

 private:
  enum class Kind { kCount, kIso8601, kRfc3339, kClf, kPattern };

  TimeFormat() = default;

  std::optional<absl::Time> ParseTime(std::string_view text, std::string_view behind);
  std::optional<absl::Time> ParseCount(std::string_view text) const;
  std::optional<absl::Time> ParseIso(std::string_view text);
  std::optional<absl::Time> ParsePattern(std::string_view text, std::string_view behind);
  std::optional<absl::Time> WithPattern(const std::string& pattern, const std::string& text) const;

  Kind kind_ = Kind::kPattern;
  absl::Duration unit_;  // of kCount
  int unit_digits_ = 0;  // decimals of it that are whole nanoseconds
  std::string pattern_;
  bool pattern_has_zone_ = false;
  bool pattern_has_year_ = true;
  absl::TimeZone zone_;
  int64_t year_ = 2000;  // of patterns without one
  std::optional<absl::Time> previous_;
  uint64_t without_zone_ = 0;
  uint64_t zone_behind_ = 0;
};

}  // namespace kinesis::lab

#endif  // KINESIS_CORE_BENCH_PARTITION_LAB_TIME_FORMAT_H_
