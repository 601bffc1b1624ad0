// What the results of a benchmark of programs, and of lines, look like in a model's card and in
// results.json.
#ifndef API_EVAL_CODE_CARD_H
#define API_EVAL_CODE_CARD_H

#include "base/buf.h"

#include <axl/eval_code.h>

// "humaneval", "mbpp_3_shot", "infill_random": a name that no other result has.
#define EVAL_CODE_NAME_MAX 48
void eval_code_name(char out[EVAL_CODE_NAME_MAX], const axl_eval_code_options *o);

void eval_code_card(buf *out, const axl_eval_code_result *r, const axl_eval_code_options *o);
void eval_code_json(buf *out, const axl_eval_code_result *r, const axl_eval_code_options *o);

void eval_line_card(buf *out, const axl_eval_line_result *r, const axl_eval_line_options *o);
void eval_line_json(buf *out, const axl_eval_line_result *r, const axl_eval_line_options *o);

#endif
