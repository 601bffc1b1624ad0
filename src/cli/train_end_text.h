// What is said of a training that is over.
#ifndef CLI_TRAIN_END_TEXT_H
#define CLI_TRAIN_END_TEXT_H

#include <axl/train.h>

void train_end_json(const axl_train_result *r, const char *out);
void train_end_print(const axl_train_result *r, const char *out);

#endif
