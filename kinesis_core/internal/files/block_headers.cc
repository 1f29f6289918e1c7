#include "kinesis_core/internal/files/block_headers.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <utility>

#include "kinesis_core/internal/base/status.h"
#include "kinesis_core/internal/files/block_files.h"
#include "kinesis_core/internal/log/record_layout.h"

namespace kinesis::internal {
namespace {

using Header = SegmentHeader<StdAtomics>;

absl::StatusOr<uint64_t> SizeOf(const std::unique_ptr<File>& file) {
  return file == nullptr ? absl::StatusOr<uint64_t>(0) : file->Size();
}

bool ReadHeader(std::string_view bytes, StoredSegment* stored) {
  alignas(Header) std::byte copy[sizeof(Header)];
  if (bytes.size() < sizeof copy) return false;
  std::memcpy(copy, bytes.data(), sizeof copy);
  return reinterpret_cast<const Header*>(copy)->Read(stored);
}

// Calls visit(found, can_be) for each header whose first word is not zero.
template <class Visit>
absl::Status VisitHeaders(const std::unique_ptr<File>& file, Visit visit) {
  constexpr uint64_t kStep = uint64_t{1} << 20;
  const absl::StatusOr<uint64_t> size = SizeOf(file);
  if (!size.ok()) return size.status();
  for (uint64_t at = 0; at < *size; at += kStep) {
    const absl::StatusOr<std::string> bytes = file->Read(at, kStep);
    if (!bytes.ok()) return bytes.status();
    for (uint64_t i = 0; i + sizeof(Header) <= bytes->size(); i += sizeof(Header)) {
      uint64_t state;
      std::memcpy(&state, bytes->data() + i, sizeof state);
      // The other words of a header that says nothing may be anything.
      if (state == 0) continue;
      FoundBlock segment;
      segment.header = at + i;
      const bool can_be = ReadHeader(std::string_view(*bytes).substr(i), &segment.stored);
      visit(segment, can_be);
    }
  }
  return absl::OkStatus();
}

}  // namespace

std::string EncodeHeader(const StoredSegment& stored) {
  Header header;
  header.Write(stored);
  return {reinterpret_cast<const char*>(&header), sizeof header};
}

absl::StatusOr<BlockHeaders> BlockHeaders::Open(FileSystem& files, const std::string& directory,
                                                FileSystem::Mode mode) {
  BlockHeaders opened;
  const std::pair<std::string_view, std::unique_ptr<File>*> all[] = {
      {BlockFiles::kBlocks, &opened.blocks_},
      {BlockFiles::kHeaders, &opened.headers_},
      {BlockFiles::kStubs, &opened.stubs_}};
  for (const auto& [name, kept] : all) {
    auto file = files.Open(directory + "/" + std::string(name), mode);
    if (absl::IsNotFound(file.status())) continue;
    if (!file.ok()) return file.status();
    *kept = *std::move(file);
  }
  return opened;
}

absl::StatusOr<BlockHeaders::Found> BlockHeaders::Read(const OnDamage& on_damage) {
  Found found;
  absl::StatusOr<uint64_t> end = SizeOf(blocks_);
  if (!end.ok()) return end.status();
  // Whether that byte is in the file of blocks, which grows beside an engine that works.
  const auto has_blocks_up_to = [&](uint64_t byte) {
    if (byte > *end) {
      const absl::StatusOr<uint64_t> now = SizeOf(blocks_);
      if (now.ok()) end = *now;
    }
    return byte <= *end;
  };
  uint64_t free_from = 0;  // where the last block ended
  absl::Status status = VisitHeaders(headers_, [&](FoundBlock segment, bool can_be) {
    const uint64_t place = segment.header / BlockFiles::kHeaderBytes * BlockFiles::kSmallestBytes;
    segment.block = place;
    if (!can_be || !CanBeHeader(segment.stored, /*is_stub=*/false)) {
      on_damage(BlockFiles::kHeaders, segment.header, "no header that an engine writes");
    } else if (place % segment.block_bytes() != 0 || place < free_from) {
      on_damage(BlockFiles::kHeaders, segment.header,
                "a header of " + std::to_string(segment.block_bytes()) +
                    " bytes where no block of that size can be");
    } else if (!has_blocks_up_to(place + segment.block_bytes())) {
      on_damage(BlockFiles::kHeaders, segment.header,
                "its block is behind the end of the file of blocks");
    } else {
      free_from = place + segment.block_bytes();
      found[segment.stored.log_uid].push_back(segment);
    }
  });
  if (!status.ok()) return status;
  status = VisitHeaders(stubs_, [&](const FoundBlock& segment, bool can_be) {
    if (!can_be || !CanBeHeader(segment.stored, /*is_stub=*/true)) {
      on_damage(BlockFiles::kStubs, segment.header, "no header that an engine writes");
    } else {
      found[segment.stored.log_uid].push_back(segment);
    }
  });
  if (!status.ok()) return status;
  return found;
}

absl::StatusOr<ChosenSegments<FoundBlock>> BlockHeaders::Choose(std::vector<FoundBlock> segments) {
  absl::Status failed;
  auto chosen = ChooseSegments(std::move(segments), [&](const FoundBlock& segment) {
    const auto entries = ReadEntries(segment);
    failed.Update(entries.status());
    return entries.ok() && std::any_of(entries->begin(), entries->end(), RecordEntry::IsRecord);
  });
  if (!failed.ok()) return failed;
  return chosen;
}

absl::StatusOr<bool> BlockHeaders::IsStill(const FoundBlock& segment) {
  const auto& file = segment.block.has_value() ? headers_ : stubs_;
  const auto bytes = file->Read(segment.header, sizeof(Header));
  if (!bytes.ok()) return bytes.status();
  StoredSegment now;
  if (!ReadHeader(*bytes, &now)) return false;
  const StoredSegment& was = segment.stored;
  return now.log_uid == was.log_uid && now.number == was.number && now.base_index == was.base_index;
}

absl::Status BlockHeaders::Write(std::string_view file, uint64_t at, std::string_view bytes) {
  return (file == BlockFiles::kBlocks ? blocks_ : headers_)->Write(at, bytes);
}

absl::StatusOr<std::vector<uint64_t>> BlockHeaders::ReadEntries(const FoundBlock& segment) {
  if (!segment.block.has_value()) return std::vector<uint64_t>();
  std::vector<uint64_t> entries(SegmentGeometry::Of(segment.stored.size_class).entries);
  const auto bytes = blocks_->Read(*segment.block, entries.size() * sizeof(uint64_t));
  if (!bytes.ok()) return bytes.status();
  std::memcpy(entries.data(), bytes->data(), bytes->size());
  return entries;
}

}  // namespace kinesis::internal
