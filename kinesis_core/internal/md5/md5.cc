#include "kinesis_core/internal/md5/md5.h"

#include "kinesis_core/internal/md5/md5_block.h"
#include "kinesis_core/internal/md5/md5_rounds.h"

namespace kinesis::internal {

HashKey Md5(std::string_view message) { return Md5Resume(message, 0, kMd5InitialState); }

HashKey Md5Resume(std::string_view message, size_t first_block, const uint32_t* state) {
  uint32_t states[1][kMd5StateWords] = {{state[0], state[1], state[2], state[3]}};
  uint32_t blocks[1][4][4];  // One chain; four quarters of four words.
  bool last = false;
  for (size_t index = first_block; !last; ++index) {
    last = StoreMd5Block(message, index, reinterpret_cast<char*>(blocks), sizeof blocks[0][0]);
    Md5Compress(states, blocks);
  }
  return Md5StateToHashKey(states[0]);
}

}  // namespace kinesis::internal
