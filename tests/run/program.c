#define _DEFAULT_SOURCE // wait4: the memory of one child
#include "run/program.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "os/file.h"
#include "store/checkpoint.h"
#include "support/unit.h"
#include "train/log_history.h"

#include <dirent.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define SAID_MAX ((size_t)1 << 16)
#define PATH_BYTES (SCRATCH_PATH_MAX + 128)

// ---- the text ----

// Twelve small files of two kinds of line.
static void write_text(const program_case *c) {
    for (size_t i = 0; i < 12; i++) {
        char path[PATH_BYTES];
        buf text = {0};
        snprintf(path, sizeof path, "%s/part%zu.txt", c->text, i);
        for (size_t line = 0; line < 60; line++)
            assert_true(buf_format(
                &text, line % 2 ? "def f%zu(x): return x + %zu\n" : "class C%zu: size = %zu\n", i,
                line));
        scratch_write(path, text.data, text.size);
        buf_free(&text);
    }
}

void program_case_make(program_case *c) {
    scratch_make(&c->box);
    strcpy(c->text, scratch_path(&c->box, "text"));
    strcpy(c->said, scratch_path(&c->box, "said"));
    strcpy(c->printed, scratch_path(&c->box, "printed"));
    assert_int_equal(mkdir(c->text, 0777), 0);
    write_text(c);
}

void program_case_free(const program_case *c) {
    scratch_remove(&c->box);
}

// ---- running ----

void program_add(program *p, const char *word) {
    assert_true(p->words < PROGRAM_WORDS);
    p->word[p->words++] = word;
    p->word[p->words] = NULL;
}

void program_set(program *p, const char *setting) {
    program_add(p, "--set");
    program_add(p, setting);
}

program program_train(const program_case *c, const char *out) {
    static const char *const settings[] = {
        "d_model=8",      "n_heads=2", "d_ff=10",     "n_layers_per_scale=1",
        "max_seq_len=32", "batch=2",   "log_every=4", "eval_every=0"};
    program p = {.c = c};
    const char *const begin[] = {AXL_PROGRAM, "train", "--data",    c->text,
                                 "--out",     out,     "--threads", "1"};
    for (size_t i = 0; i < COUNT_OF(begin); i++) program_add(&p, begin[i]);
    for (size_t i = 0; i < COUNT_OF(settings); i++) program_set(&p, settings[i]);
    return p;
}

void program_become(const program *p) {
    const int said = open(p->c->said, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    const int printed = open(p->c->printed, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    const int nothing = open("/dev/null", O_RDONLY);
    if (dup2(nothing, 0) < 0 || dup2(printed, 1) < 0 || dup2(said, 2) < 0) _exit(97);
    // As a shell in the foreground would, whatever the test runs under.
    signal(SIGINT, SIG_DFL);
    signal(SIGPIPE, SIG_DFL);
    char *argv[PROGRAM_WORDS + 1];
    memcpy(argv, p->word, sizeof argv);
    execvp(argv[0], argv);
    _exit(96);
}

pid_t program_start(const program *p) {
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) program_become(p);
    return child;
}

program_end program_wait(pid_t child) {
    int status;
    struct rusage used;
    assert_int_equal(wait4(child, &status, 0, &used), child);
    const bool signaled = WIFSIGNALED(status);
    return (program_end){.code = signaled ? 128 + WTERMSIG(status) : WEXITSTATUS(status),
                         .signaled = signaled,
                         .resident = (uint64_t)used.ru_maxrss * 1024};
}

program_end program_run(const program *p) {
    return program_wait(program_start(p));
}

program_end program_expect(const program *p, int code) {
    const program_end end = program_run(p);
    if (end.code != code) {
        print_message("exit code %d, not %d; it said:\n%s\n", end.code, code, program_said(p->c));
        fail();
    }
    return end;
}

static const char *read_text(const char *path) {
    static char text[SAID_MAX + 1];
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    text[fread(text, 1, SAID_MAX, f)] = '\0';
    fclose(f);
    return text;
}

const char *program_said(const program_case *c) {
    return read_text(c->said);
}

const char *program_printed(const program_case *c) {
    return read_text(c->printed);
}

size_t program_said_lines(const program_case *c, const char *text) {
    size_t count = 0;
    for (const char *line = program_said(c); *line;) {
        const char *found = strstr(line, text), *end = strchr(line, '\n');
        if (!end) end = line + strlen(line);
        count += found && found < end;
        line = *end ? end + 1 : end;
    }
    return count;
}

// ---- what is left ----

int64_t program_checkpoint(const char *out) {
    checkpoint_found found;
    axl_error err;
    const axl_status status = checkpoint_find(&found, out, &err);
    const int64_t step = status == AXL_OK ? (int64_t)found.progress.step : -1;
    if (status != AXL_OK && status != AXL_NOT_FOUND) fail_msg("%s", err.text);
    // None may be damaged, not even an older one.
    assert_string_equal(buf_string(&found.passed), "");
    checkpoint_found_free(&found);
    return step;
}

void program_same_model(const char *a, const char *b) {
    const char *const folder[2] = {a, b};
    void *data[2];
    size_t bytes[2];
    for (size_t i = 0; i < 2; i++) {
        char path[PATH_BYTES];
        axl_error err;
        snprintf(path, sizeof path, "%s/model.safetensors", folder[i]);
        if (os_file_read(path, (size_t)64 << 20, &data[i], &bytes[i], &err) != AXL_OK)
            fail_msg("%s", err.text);
    }
    if (bytes[0] != bytes[1] || memcmp(data[0], data[1], bytes[0]) != 0)
        fail_msg("the models in %s and %s are not the same", a, b);
    mem_free(data[0]);
    mem_free(data[1]);
}

static void read_log(log_history *out, const char *folder) {
    char csv[PATH_BYTES], jsonl[PATH_BYTES], samples[PATH_BYTES];
    axl_error err;
    *out = (log_history){0};
    snprintf(csv, sizeof csv, "%s/log.csv", folder);
    snprintf(jsonl, sizeof jsonl, "%s/log.jsonl", folder);
    snprintf(samples, sizeof samples, "%s/samples.jsonl", folder);
    if (log_history_read(out, csv, jsonl, samples, &err) != AXL_OK) fail_msg("%s", err.text);
    assert_true(out->row_count > 0);
}

static bool same_real(double a, double b) {
    return a == b || (isnan(a) && isnan(b));
}

static void same_row(const train_row *x, const train_row *y) {
    assert_int_equal(x->step, y->step);
    assert_int_equal(x->bytes, y->bytes);
    assert_int_equal(x->skipped, y->skipped);
    const bool same = same_real(x->fraction, y->fraction) &&
                      same_real(x->train_bpb, y->train_bpb) &&
                      same_real(x->exit_bpb, y->exit_bpb) && same_real(x->eval_bpb, y->eval_bpb) &&
                      same_real(x->rate, y->rate) && same_real(x->grad_norm, y->grad_norm);
    if (!same)
        fail_msg("step %llu: %.17g and %.17g bits, norms %.17g and %.17g",
                 (unsigned long long)x->step, x->train_bpb, y->train_bpb, x->grad_norm,
                 y->grad_norm);
}

void program_same_log(const char *a, const char *b) {
    log_history x, y;
    read_log(&x, a);
    read_log(&y, b);
    assert_int_equal(x.row_count, y.row_count);
    for (size_t i = 0; i < x.row_count; i++) same_row(&x.rows[i], &y.rows[i]);
    assert_int_equal(x.sample_count, y.sample_count);
    for (size_t i = 0; i < x.sample_count; i++) {
        const train_text s = x.samples[i].completion, t = y.samples[i].completion;
        assert_int_equal(s.size, t.size);
        assert_memory_equal(s.data, t.data, s.size);
    }
    log_history_free(&x);
    log_history_free(&y);
}

size_t program_litter(const char *out) {
    static const char *const inside[] = {".", "tensorboard", "checkpoints"};
    size_t count = 0;
    for (size_t i = 0; i < COUNT_OF(inside); i++) {
        char path[PATH_BYTES];
        snprintf(path, sizeof path, "%s/%s", out, inside[i]);
        DIR *folder = opendir(path);
        if (!folder) continue;
        for (const struct dirent *e; (e = readdir(folder));)
            count += strncmp(e->d_name, ".axl-tmp-", 9) == 0;
        closedir(folder);
    }
    return count;
}
