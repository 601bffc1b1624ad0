#include "cli/cli_json.h"
#include "cli/cli_output.h"
#include "cli/cli_setup.h"

int cmd_eval_logits(const arguments *args) {
    setup s;
    int code = cli_setup_begin(&s, args);
    if (code) return code;
    if (args->word_count != 2 || !args->out) {
        cli_complain(
            "%s: a model directory, a file and --out FILE are needed; try 'axl help eval "
            "logits'",
            s.path);
        return 2;
    }
    axl_error err;
    axl_eval_logits_result result;
    const axl_eval_logits_options options = {.model = args->words[0],
                                             .file = args->words[1],
                                             .out = args->out,
                                             .level = s.level,
                                             .threads = args->threads,
                                             .progress = cli_progress_step,
                                             .progress_ctx = &s.progress};
    code = cli_setup_end(&s, axl_eval_logits(&options, &result, &err), &err);
    if (code) return code;
    if (args->json) {
        json j = {0};
        json_open(&j, NULL);
        json_text(&j, "out", args->out);
        json_size(&j, "rows", result.rows);
        json_size(&j, "vocab_size", result.vocab_size);
        json_end(&j);
    } else {
        cli_print("%llu rows of %zu logits, little-endian f32, in %s\n",
                  (unsigned long long)result.rows, result.vocab_size, args->out);
    }
    return 0;
}
