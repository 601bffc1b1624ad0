#include "cli/train_end_text.h"

#include "cli/cli_amount.h"
#include "cli/cli_command.h"
#include "cli/cli_output.h"
#include "cli/train_plan_text.h"

#include <math.h>
#include <string.h>

// ---- JSON ----

static void json_held(json *j, const axl_train_result *r) {
    json_open(j, "held_out");
    json_number(j, "bpb", r->bpb);
    json_number(j, "ppl", exp2(r->bpb));
    json_number(j, "gzip_bpb", r->gzip_bpb);
    json_number(j, "xz_bpb", r->xz_bpb);
    if (r->xz_missing[0]) json_text(j, "xz_missing", r->xz_missing);
    if (isnan(r->bpb) || isnan(r->xz_bpb))
        json_number(j, "better_than_xz", (double)NAN);
    else
        json_bool(j, "better_than_xz", r->bpb < r->xz_bpb);
    json_size(j, "bytes", r->plan.held_bytes);
    json_bool(j, "answers_only", r->held_answers > 0);
    json_size(j, "bytes_evaluated", r->held_read);
    json_size(j, "files", r->held_files);
    json_number(j, "look_bpb", r->held_bits);
    json_end(j);
}

void train_end_json(const axl_train_result *r, const char *out) {
    json j = {0};
    json_open(&j, NULL);
    json_text(&j, "out", out);
    train_plan_json(&j, &r->plan);
    json_bool(&j, "already", r->already);
    json_size(&j, "steps", r->steps);
    json_size(&j, "bytes", r->bytes);
    json_size(&j, "skipped", r->skipped);
    json_number(&j, "seconds", r->seconds);
    json_number(&j, "train_bpb", r->train_bits);
    json_positive(&j, "best_step", (double)r->best_step);
    json_held(&j, r);
    json_end(&j);
}

// ---- for people ----

static void print_run(const axl_train_result *r, const char *out) {
    char bytes[CLI_AMOUNT_MAX], time[CLI_AMOUNT_MAX], steps[CLI_AMOUNT_MAX];
    if (r->already) cli_print("%s is finished: ", out);
    cli_print("%s steps, %s of text (%.2f passes) in %s\n", cli_amount_exact(steps, r->steps),
              cli_amount_text(bytes, (double)r->bytes),
              (double)r->bytes / (double)r->plan.train_bytes,
              cli_amount_duration(time, r->seconds));
}

static void print_compressors(const axl_train_result *r) {
    const bool xz = !isnan(r->xz_bpb), gzip = !isnan(r->gzip_bpb);
    cli_print("               ");
    if (xz)
        cli_print("xz -9e %.3f, ", r->xz_bpb);
    else
        cli_print("no figure of xz (%s), ", r->xz_missing);
    if (gzip) cli_print("gzip -9 %.3f, ", r->gzip_bpb);
    cli_print("of the same bytes joined: ");
    if (!xz && !gzip)
        cli_print("not compared\n");
    else if (r->bpb < (xz ? r->xz_bpb : r->gzip_bpb))
        cli_print("the model is better\n");
    else if (gzip && r->bpb < r->gzip_bpb)
        cli_print("worse than xz\n");
    else
        cli_print("worse than both\n");
}

static void print_quality(const axl_train_result *r, const char *out) {
    char read[CLI_AMOUNT_MAX], all[CLI_AMOUNT_MAX], step[CLI_AMOUNT_MAX];
    if (isnan(r->bpb)) {
        if (r->already)
            cli_print("held-out text: see %s/results.json\n", out);
        else
            cli_print("held-out text: none, so nobody knows how good it is on other text\n");
        return;
    }
    cli_print_bold("held-out text: %.4f bits per byte", r->bpb);
    cli_print(", PPL %.4g a byte, on %s bytes", exp2(r->bpb), cli_amount_exact(read, r->held_read));
    const uint64_t most = r->held_answers > 0 ? r->held_answers : r->plan.held_bytes;
    if (r->held_read < most) cli_print(" of %s", cli_amount_exact(all, most));
    cli_print(" in %zu file%s\n", r->held_files, r->held_files == 1 ? "" : "s");
    if (r->held_answers > 0)
        cli_print("               answers only, each behind its prompt: no compressor does that\n");
    else
        print_compressors(r);
    if (r->best_step > 0)
        cli_print(
            "the model is that of step %s, which does better on held-out text than the last "
            "one\n",
            cli_amount_exact(step, r->best_step));
}

// As a word of a shell's command.
static void print_word(const char *text) {
    static const char plain[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-+/=,:@%";
    if (*text && strspn(text, plain) == strlen(text)) {
        cli_print("%s", text);
        return;
    }
    cli_print("'");
    for (; *text; text++) cli_print(*text == '\'' ? "'\\''" : "%c", *text);
    cli_print("'");
}

static void print_next(const char *out) {
    cli_print("next: axl eval bpb ");
    print_word(out);
    cli_print(" FILE...\n");
    if (!cli_command_find(&cli_program, "generate")) return;
    cli_print("      axl generate ");
    print_word(out);
    cli_print(" --prompt TEXT\n");
}

void train_end_print(const axl_train_result *r, const char *out) {
    print_run(r, out);
    print_quality(r, out);
    cli_print("the model is in %s, its report in %s/report.html\n", out, out);
    print_next(out);
}
