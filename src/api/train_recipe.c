#include "api/train_recipe.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/strings.h"
#include "eval/task_file.h"
#include "os/reader.h"
#include "store/path_join.h"

#include <string.h>

#define MARKS 2           // BOS and EOS
#define FIT_LEAST 0.95    // of the pairs must fit, or the context grows
#define CONTEXT_MOST 2048 // beyond this a step takes too long for minutes on a processor

static bool is_there(const char *path) {
    int fd = -1;
    const bool there = os_reader_open(&fd, path, NULL, NULL) == AXL_OK;
    os_reader_close(fd);
    return there;
}

// FOLDER/TASK/NAME where it is there; *out is the caller's, NULL where it is not.
static axl_status find_file(char **out, const char *folder, const char *task, const char *name,
                            axl_error *err) {
    buf below = {0}, path = {0};
    *out = NULL;
    axl_status status = path_join(&below, folder, task, err);
    if (status == AXL_OK) status = path_join(&path, below.data, name, err);
    if (status == AXL_OK && is_there(path.data)) {
        *out = buf_take(&path, NULL);
        if (!*out) status = error_no_memory(err, "a path", 1);
    }
    buf_free(&below);
    buf_free(&path);
    return status;
}

static size_t count_fitting(const task_questions *q, size_t context) {
    size_t fit = 0;
    for (size_t i = 0; i < q->count; i++)
        fit += q->list[i].prompt.bytes + q->list[i].answer.bytes + MARKS <= context;
    return fit;
}

static double answers_share(const task_questions *q) {
    double answers = 0, all = 0;
    for (size_t i = 0; i < q->count; i++) {
        answers += (double)q->list[i].answer.bytes + 1; // EOS is learnt as well
        all += (double)(q->list[i].prompt.bytes + q->list[i].answer.bytes + MARKS);
    }
    return all > 0 ? answers / all : 1;
}

static void choose_context(train_recipe *r, const model_preset *p, const task_questions *q) {
    const double all = (double)q->count;
    r->context = p->max_seq_len;
    while (r->context < CONTEXT_MOST && (double)count_fitting(q, r->context) < FIT_LEAST * all)
        r->context *= 2;
    const double fit = 100 * (double)count_fitting(q, r->context) / all;
    string_format(r->what, sizeof r->what, NULL, "task %s, %zu pairs", p->pairs, q->count);
    if (r->context > p->max_seq_len)
        string_format(r->why, sizeof r->why, NULL,
                      "context %zu bytes, which %.0f %% of them fit: the published %zu are too "
                      "short, only %.0f %% fit there",
                      r->context, fit, p->max_seq_len,
                      100 * (double)count_fitting(q, p->max_seq_len) / all);
    else
        string_format(r->why, sizeof r->why, NULL, "context %zu bytes, which %.0f %% of them fit",
                      r->context, fit);
}

static axl_status look(train_recipe *r, const model_preset *p, const char *folder, axl_error *err) {
    task_questions q;
    FORWARD(find_file(&r->train, folder, p->pairs, "train.jsonl", err));
    if (!r->train) return AXL_OK;
    FORWARD(find_file(&r->held, folder, p->pairs, "held.jsonl", err));
    FORWARD(task_questions_read(&q, r->train, err));
    choose_context(r, p, &q);
    r->minutes = p->minutes;
    r->learnt = answers_share(&q);
    task_questions_free(&q);
    return AXL_OK;
}

axl_status train_recipe_find(train_recipe *out, const model_preset *p, const char *folder,
                             axl_error *err) {
    *out = (train_recipe){0};
    if (!p->pairs) return AXL_OK;
    const axl_status status = look(out, p, folder, err);
    if (status != AXL_OK) train_recipe_free(out);
    return status;
}

void train_recipe_free(train_recipe *r) {
    mem_free(r->train);
    mem_free(r->held);
    *r = (train_recipe){0};
}
