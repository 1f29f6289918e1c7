#include "kinesis_core/testing/fuzz/json_corpus.h"

#include <array>
#include <cstddef>
#include <string_view>

#include "kinesis_core/api/internal/shape.h"
#include "kinesis_core/api/internal/structure_info.h"
#include "kinesis_core/api/operation.h"

namespace kinesis::testing {
namespace {

using api::internal::MemberInfo;
using api::internal::OperationInfo;
using api::internal::Shape;
using api::internal::ShapeKind;
using api::internal::StructureInfo;

// Right values where the shape alone does not give one, by the name of the shape.
struct Example {
  std::string_view shape;
  std::string_view json;
};
constexpr auto kExamples = std::to_array<Example>({
    {"BucketARN", R"("arn:aws:s3:::b")"},
    {"ChannelARN", R"("@h")"},
    {"ChannelName", R"("ch")"},
    {"ConsumerARN", R"("@c")"},
    {"ConsumerName", R"("c")"},
    {"ExpectedBucketOwner", R"("000000000000")"},
    {"GSRSchemaARN", R"("arn:aws:glue:us-east-1:000000000000:schema/r/s")"},
    {"HashKey", R"("170141183460469231731687303715884105728")"},
    {"KeyId", R"("alias/k")"},
    {"NextToken", R"("@n")"},
    {"PartitionKey", R"("k\u00e9y")"},
    {"Policy", R"("{\"Version\":\"2012-10-17\"}")"},
    {"ResourceARN", R"("arn:aws:kinesis:us-east-1:000000000000:stream/s")"},
    {"SequenceNumber", R"("@s")"},
    {"ServiceExecutionRoleARN", R"("arn:aws:iam::000000000000:role/r")"},
    {"ShardId", R"("shardId-000000000000")"},
    {"ShardIterator", R"("@i")"},
    {"StreamARN", R"("arn:aws:kinesis:us-east-1:000000000000:stream/s")"},
    {"StreamId", R"("aaaaaaaaaaaaaaaaaaaa-aaa")"},
    {"StreamName", R"("s")"},
    {"RetentionPeriodHours", "48"},
    {"TableBucketARN", R"("arn:aws:s3tables:us-east-1:000000000000:bucket/t")"},
});

// A wrong value of each kind.
constexpr std::array<std::string_view, 12> kWrongValues = {"true",   "-1",    "1.5e9",    "9e999",
                                                           "\"\"",   "\"!\"", "\"AAA=\"", "[]",
                                                           "[null]", "{}",    "[[{}]]",   "null"};

std::string ObjectOf(const StructureInfo& structure);

std::string ValueOf(const Shape& shape, const StructureInfo* structure) {
  for (const Example& example : kExamples) {
    if (example.shape == shape.name) return std::string(example.json);
  }
  if (!shape.enum_values.empty()) return "\"" + std::string(shape.enum_values.front()) + "\"";
  switch (shape.kind) {
    case ShapeKind::kBlob:
      return R"("dGVh")";
    case ShapeKind::kInteger:
    case ShapeKind::kLong:
      return std::to_string(shape.min.value_or(1));
    case ShapeKind::kBoolean:
      return "true";
    case ShapeKind::kTimestamp:
      return "1600000000.25";
    case ShapeKind::kList:
      return "[" + ValueOf(*shape.element, structure) + "]";
    case ShapeKind::kMap:
      return R"({"a":)" + ValueOf(*shape.element, nullptr) + "}";
    case ShapeKind::kStructure:
      return ObjectOf(*structure);
    default:
      return R"("text")";
  }
}

// An object of members as they are given, in the place of which one can have another value.
std::string ObjectWith(const StructureInfo& structure, const MemberInfo* odd,
                       std::string_view odd_value) {
  std::string json = "{";
  for (const MemberInfo& member : structure.members) {
    if (json.size() > 1) json += ",";
    json += "\"" + std::string(member.name) + "\":";
    json += &member == odd ? std::string(odd_value) : ValueOf(*member.shape, member.structure);
  }
  return json + "}";
}

std::string ObjectOf(const StructureInfo& structure) { return ObjectWith(structure, nullptr, {}); }

// An object of the required members alone.
std::string RequiredOf(const StructureInfo& structure) {
  std::string json = "{";
  for (const MemberInfo& member : structure.members) {
    const bool names_stream = member.name == "StreamName";
    if (!member.required && !names_stream) continue;
    if (json.size() > 1) json += ",";
    json += "\"" + std::string(member.name) + "\":" + ValueOf(*member.shape, member.structure);
  }
  return json + "}";
}

}  // namespace

std::vector<std::string> MakeJsonCorpus() {
  std::vector<std::string> lines;
  size_t wrong = 0;
  for (const OperationInfo& info : api::internal::kOperationInfos) {
    const std::string name = std::string(ToText(info.operation)) + " ";
    lines.push_back(name + "{}");
    lines.push_back(name + RequiredOf(*info.request));
    lines.push_back(name + ObjectOf(*info.request));
    // All wrong values for all members would be thousands of lines: they take turns.
    for (const MemberInfo& member : info.request->members) {
      lines.push_back(
          name + ObjectWith(*info.request, &member, kWrongValues[wrong++ % kWrongValues.size()]));
    }
  }
  return lines;
}

}  // namespace kinesis::testing
