// Event files of TensorBoard: TFRecords that hold Event messages of protobuf, written by hand.
//
// A record is its length (u64), the masked CRC-32C of those 8 bytes, the message, its masked CRC.
// The mask keeps the CRC of data that holds CRCs useful: rotate right by 15, add 0xa282ead8.
#ifndef TRAIN_LOG_TENSORBOARD_H
#define TRAIN_LOG_TENSORBOARD_H

#include "base/buf.h"
#include "train/metrics.h"

// What a file begins with: the version, and log_tensorboard_restart at first_step.
bool log_tensorboard_begin(buf *out, double time, uint64_t first_step);

// Tells readers that a session starts here and that whatever they read before of step first_step
// and later is void.
bool log_tensorboard_restart(buf *out, double time, uint64_t first_step);

// The columns that have a tag and a finite value, as one event.
bool log_tensorboard_row(buf *out, const train_row *row);

#endif
