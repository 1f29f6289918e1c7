#include "kinesis_core/record_batch.h"

#include "kinesis_core/internal/base/check.h"
#include "kinesis_core/internal/engine_core.h"

namespace kinesis {

RecordBatch& RecordBatch::operator=(RecordBatch&& other) noexcept {
  if (this == &other) return *this;
  Unpin();
  piece_count_ = std::exchange(other.piece_count_, 0);
  piece_ = other.piece_;
  more_pieces_ = std::exchange(other.more_pieces_, {});
  pool_ = other.pool_;
  size_ = std::exchange(other.size_, 0);
  payload_bytes_ = std::exchange(other.payload_bytes_, 0);
  records_lost_ = std::exchange(other.records_lost_, 0);
  shard_created_seconds_ = other.shard_created_seconds_;
  shard_id_ = other.shard_id_;
  end_of_shard_ = std::exchange(other.end_of_shard_, false);
  behind_latest_ = other.behind_latest_;
  child_shards_ = std::exchange(other.child_shards_, {});
  return *this;
}

RecordView RecordBatch::operator[](size_t index) const {
  KC_DCHECK(index < size_);
  auto piece = pieces().begin();
  while (index >= piece->count) index -= (piece++)->count;
  return View(*piece, static_cast<uint32_t>(index));
}

void RecordBatch::AddPiece(const Piece& piece) {
  if (piece_count_ == 0) {
    piece_ = piece;
  } else {
    if (more_pieces_.empty()) more_pieces_.push_back(piece_);
    more_pieces_.push_back(piece);
  }
  ++piece_count_;
}

void RecordBatch::UnpinPieces() {
  auto* const pool = static_cast<internal::Pool*>(pool_);
  for (const Piece& piece : pieces()) {
    pool->Unpin(*static_cast<internal::Segment<internal::StdAtomics>*>(piece.segment));
  }
  piece_count_ = 0;
  more_pieces_.clear();
}

}  // namespace kinesis
