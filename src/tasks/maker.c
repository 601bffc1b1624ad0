#include "tasks/maker.h"

#include "base/alloc.h"
#include "base/error.h"
#include "parallel/pool.h"

#include <string.h>

struct maker {
    maker_options o;
    pool *pool;
    python_parser **parser; // [pool_threads]
};

axl_status maker_open(maker **out, const maker_options *o, axl_error *err) {
    *out = NULL;
    maker *m = mem_zalloc(sizeof *m);
    if (!m) return error_no_memory(err, "making pairs", sizeof *m);
    m->o = *o;
    axl_status status = pool_create(&m->pool, o->threads, err);
    if (status == AXL_OK) {
        m->parser = mem_zalloc(pool_threads(m->pool) * sizeof *m->parser);
        if (!m->parser) status = error_no_memory(err, "parsers", pool_threads(m->pool));
    }
    for (size_t i = 0; status == AXL_OK && i < pool_threads(m->pool); i++)
        status = python_open(&m->parser[i], NULL, err);
    if (status == AXL_OK)
        *out = m;
    else
        maker_close(m);
    return status;
}

void maker_close(maker *m) {
    if (!m) return;
    for (size_t i = 0; m->parser && i < pool_threads(m->pool); i++) python_close(m->parser[i]);
    mem_free(m->parser);
    pool_free(m->pool);
    mem_free(m);
}

// One run over several files; the first failure by the files' order is the one that is told.
typedef struct round {
    maker *m;
    maker_job *job;
    axl_status *status; // [count]
    axl_error *error;   // [count]
} round;

static axl_status make_task(const maker *m, task_file *f, maker_job *job, size_t index,
                            axl_error *err) {
    const task *t = &task_list[index];
    const uint64_t stream = job->dice ^ task_hash(t->name, strlen(t->name));
    f->dice = (task_dice){.key = rng_key(m->o.seed, stream)};
    f->pairs = (task_pairs){.longest = m->o.longest};
    const axl_status status = t->make(f, err);
    job->pairs[index] = f->pairs;
    if (status != AXL_OK) return status;
    return f->pairs.failed ? error_no_memory(err, "pairs", f->pairs.text.size) : AXL_OK;
}

static axl_status make_file(const maker *m, maker_job *job, python_parser *parser, axl_error *err) {
    task_file f = {.parser = parser, .box = m->o.box, .held = job->held};
    axl_status status = python_parse(parser, job->text, job->bytes, &f.tree, err);
    if (status == AXL_TOO_LARGE) {
        job->verdict = MAKER_TANGLED;
        return AXL_OK;
    }
    if (status == AXL_OK && !python_tree_valid(&f.tree)) job->verdict = MAKER_BROKEN;
    for (size_t i = 0; i < task_count && status == AXL_OK && job->verdict == MAKER_FINE; i++)
        if (job->tasks >> i & 1) status = make_task(m, &f, job, i, err);
    python_tree_free(&f.tree);
    return status;
}

static void run_job(void *ctx, size_t index, size_t worker) {
    round *r = ctx;
    r->status[index] = make_file(r->m, &r->job[index], r->m->parser[worker], &r->error[index]);
}

axl_status maker_run(maker *m, maker_job *job, size_t count, axl_error *err) {
    round r = {m, job, mem_zalloc(count * sizeof *r.status), mem_zalloc(count * sizeof *r.error)};
    axl_status status = AXL_OK;
    if (!r.status || !r.error)
        status = error_no_memory(err, "pairs", count * sizeof *r.error);
    else
        pool_run(m->pool, count, run_job, &r);
    for (size_t i = 0; i < count && status == AXL_OK; i++) {
        status = r.status[i];
        if (status != AXL_OK && err) *err = r.error[i];
    }
    mem_free(r.status);
    mem_free(r.error);
    return status;
}

void maker_job_free(maker_job *job) {
    for (size_t i = 0; i < TASKS_MAX; i++) task_pairs_free(&job->pairs[i]);
    job->verdict = MAKER_FINE;
}
