// Consumer groups, in C.
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"
#include "kinesis_core/api/c/internal/objects.h"
#include "kinesis_core/api/c/kinesis.h"
#include "kinesis_core/consumer_group.h"

namespace kinesis::c {
namespace {

constexpr size_t kFirstGroupOptions = 56;
constexpr size_t kFirstDeliveryInfo = 56;

int ReadGroupOptions(const kinesis_group_options& given, GroupOptions* options) {
  if (given.start_latest != 0) options->start = GroupStart::kLatest;
  if (given.max_records != 0) options->limits.max_records = given.max_records;
  if (given.max_bytes != 0) options->limits.max_bytes = given.max_bytes;
  if (given.lease_time_ms != 0) options->lease_time = absl::Milliseconds(given.lease_time_ms);
  options->max_attempts = given.max_attempts;
  if (given.dead_letters != nullptr) {
    const std::shared_ptr<StreamObject> letters = Find<StreamObject>(given.dead_letters);
    if (letters == nullptr) return FailBadHandle(StreamObject::kKind);
    options->dead_letter_stream = letters->stream;
  }
  return KINESIS_OK;
}

// Calls `make` with the stream and the name, and gives the group that it returns a handle.
template <class Make>
int AddGroup(kinesis_stream* stream, const char* name, size_t name_size, kinesis_group** out,
             Make&& make) {
  return With<StreamObject>(stream, [&](StreamObject& object) {
    if (out == nullptr) return FailNull("out");
    std::string_view text;
    if (const int code = ReadText("name", name, name_size, &text); code != 0) return code;
    absl::StatusOr<ConsumerGroup> group = make(object.stream, text);
    if (!group.ok()) return Fail(group.status());
    return AddChild(object.engine, std::make_shared<GroupObject>(*group), out);
  });
}

int Next(MemberObject& object, int64_t wait_ms, kinesis_delivery** out) {
  absl::StatusOr<Delivery> delivery =
      object.member.Next(Deadline(object.engine->clock(), wait_ms), object.stop.get_token());
  if (delivery.ok()) {
    return AddChild(object.engine, std::make_shared<DeliveryObject>(*std::move(delivery)), out);
  }
  const int code = Fail(delivery.status());
  return code == KINESIS_OUT_OF_RANGE ? KINESIS_END : code;
}

int Read(DeliveryObject& object, size_t first, kinesis_view* views, size_t capacity,
         kinesis_delivery_info* out) {
  const Delivery& delivery = object.delivery;
  const RecordBatch& records = delivery.records();
  kinesis_delivery_info info = {};
  info.count = records.size();
  info.committed = delivery.committed();
  info.epoch = delivery.epoch();
  info.attempt = delivery.attempt();
  info.records_lost = delivery.records_lost();
  info.shard = delivery.shard_id().index();
  size_t at = 0;
  for (const RecordView& record : records) {
    if (at >= first && at - first >= capacity) break;
    if (at >= first) views[at - first] = ToC(record);
    ++at;
  }
  WriteResult(info, out);
  return KINESIS_OK;
}

}  // namespace
}  // namespace kinesis::c

using kinesis::ConsumerGroup;
using kinesis::Stream;
using kinesis::c::DeliveryObject;
using kinesis::c::Fail;
using kinesis::c::FailNull;
using kinesis::c::GroupObject;
using kinesis::c::MemberObject;
using kinesis::c::StreamObject;
using kinesis::c::ToCode;
using kinesis::c::With;
using kinesis::c::WithAlone;

int kinesis_group_create(kinesis_stream* stream, const char* name, size_t name_size,
                         const kinesis_group_options* options, kinesis_group** out) {
  kinesis::GroupOptions group_options;
  const int checked = kinesis::c::Guarded([&] {
    kinesis_group_options given;
    const int code = kinesis::c::ReadOptions("kinesis_group_options", options,
                                             kinesis::c::kFirstGroupOptions, &given);
    return code != 0 ? code : kinesis::c::ReadGroupOptions(given, &group_options);
  });
  if (checked != 0) return checked;
  return kinesis::c::AddGroup(stream, name, name_size, out,
                              [&](const Stream& of, std::string_view text) {
                                return ConsumerGroup::Create(of, text, group_options);
                              });
}

int kinesis_group_open(kinesis_stream* stream, const char* name, size_t name_size,
                       kinesis_group** out) {
  return kinesis::c::AddGroup(
      stream, name, name_size, out,
      [](const Stream& of, std::string_view text) { return ConsumerGroup::Open(of, text); });
}

int kinesis_group_remove(kinesis_stream* stream, const char* name, size_t name_size) {
  return With<StreamObject>(stream, [&](StreamObject& object) {
    std::string_view text;
    const int code = kinesis::c::ReadText("name", name, name_size, &text);
    return code != 0 ? code : ToCode(ConsumerGroup::Remove(object.stream, text));
  });
}

int kinesis_group_close(kinesis_group* group) { return kinesis::c::CloseChild<GroupObject>(group); }

int kinesis_group_lag(kinesis_group* group, uint64_t* records) {
  return With<GroupObject>(group, [&](GroupObject& object) {
    if (records == nullptr) return FailNull("records");
    *records = 0;
    for (const auto& shard : object.group.Metrics().shards) *records += shard.lag_records;
    return static_cast<int>(KINESIS_OK);
  });
}

int kinesis_group_join(kinesis_group* group, kinesis_member** out) {
  return With<GroupObject>(group, [&](GroupObject& object) {
    if (out == nullptr) return FailNull("out");
    absl::StatusOr<kinesis::GroupMember> member = object.group.Join();
    if (!member.ok()) return Fail(member.status());
    return kinesis::c::AddChild(object.engine, std::make_shared<MemberObject>(*std::move(member)),
                                out);
  });
}

int kinesis_member_close(kinesis_member* member) {
  // One that sleeps in kinesis_member_next wakes, and leaves then.
  if (const int code = kinesis_member_stop(member); code != 0) return code;
  return kinesis::c::CloseChild<MemberObject>(member);
}

int kinesis_member_stop(kinesis_member* member) {
  return With<MemberObject>(member, [](MemberObject& object) {
    object.stop.request_stop();
    return static_cast<int>(KINESIS_OK);
  });
}

int kinesis_member_next(kinesis_member* member, int64_t wait_ms, kinesis_delivery** out) {
  return WithAlone<MemberObject>(member, [&](MemberObject& object) {
    return out == nullptr ? FailNull("out") : kinesis::c::Next(object, wait_ms, out);
  });
}

int kinesis_delivery_read(kinesis_delivery* delivery, size_t first, kinesis_view* views,
                          size_t capacity, kinesis_delivery_info* info) {
  return WithAlone<DeliveryObject>(delivery, [&](DeliveryObject& object) {
    if (views == nullptr && capacity != 0) return FailNull("views");
    const int code =
        kinesis::c::CheckResult("kinesis_delivery_info", info, kinesis::c::kFirstDeliveryInfo);
    return code != 0 ? code : kinesis::c::Read(object, first, views, capacity, info);
  });
}

int kinesis_delivery_commit(kinesis_delivery* delivery, size_t count) {
  return WithAlone<DeliveryObject>(delivery, [&](DeliveryObject& object) {
    const bool all = count == static_cast<size_t>(-1);
    return ToCode(all ? object.delivery.Commit() : object.delivery.Commit(count));
  });
}

int kinesis_delivery_fail(kinesis_delivery* delivery, const char* cause, size_t cause_size) {
  return WithAlone<DeliveryObject>(delivery, [&](DeliveryObject& object) {
    std::string_view text;
    const int code = kinesis::c::ReadText("cause", cause, cause_size, &text);
    if (code != 0) return code;
    return ToCode(
        object.delivery.Fail(absl::UnknownError(absl::string_view(text.data(), text.size()))));
  });
}

int kinesis_delivery_return(kinesis_delivery* delivery) {
  return WithAlone<DeliveryObject>(delivery, [](DeliveryObject& object) {
    object.delivery.Return();
    return static_cast<int>(KINESIS_OK);
  });
}

int kinesis_delivery_close(kinesis_delivery* delivery) {
  return kinesis::c::CloseChild<DeliveryObject>(delivery);
}
