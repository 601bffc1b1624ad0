// What the scores of a task look like in a model's card and in results.json.
#ifndef API_EVAL_TASK_CARD_H
#define API_EVAL_TASK_CARD_H

#include <axl/eval_task.h>

#include "base/buf.h"

// Of model number `model` of the result, beside the baselines.
void eval_task_card(buf *out, const axl_eval_task_result *r, size_t model);
void eval_task_json(buf *out, const axl_eval_task_result *r, size_t model);

// "beats": the interval of the gain lies above 0; "does not beat": below; "is not told apart from".
const char *eval_task_verdict(const axl_task_figure *gain);

#endif
