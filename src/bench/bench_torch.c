// PyTorch as a peer: the project's reference script does the same work in a process of its own.
#include "bench/bench_model.h"

#include "base/buf.h"
#include "os/process.h"
#include "store/model_config_json.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#define OUTPUT_MAX ((size_t)1 << 16)
#define NO_TORCH 77 // exit code of the script where PyTorch is missing

static bool wants_stop(void *ctx) {
    bench_model *m = ctx;
    const axl_bench_options *o = &m->options->common;
    return o->progress && o->progress(o->progress_ctx, "PyTorch", 0, 1) != 0;
}

static void missing(axl_bench_peer *peer, const char *text) {
    snprintf(peer->missing, sizeof peer->missing, "%.150s", text);
}

static double number(const json_t *object, const char *key) {
    const json_t *value = json_object_get(object, key);
    return json_is_number(value) ? json_number_value(value) : 0;
}

// The script's last line is one JSON object.
static void read_result(bench_model *m, const buf *output) {
    axl_bench_peer *peer = &m->out->peer;
    json_t *root = json_loadb((const char *)output->data, output->size, 0, NULL);
    peer->bytes_per_s = number(root, "bytes_per_s");
    peer->rss_mib = number(root, "rss_mib");
    const char *version = json_string_value(json_object_get(root, "torch"));
    if (version) snprintf(peer->name, sizeof peer->name, "PyTorch %.40s", version);
    json_decref(root);
    if (peer->bytes_per_s > 0)
        peer->ratio = m->out->bytes_per_s.median / peer->bytes_per_s;
    else
        missing(peer, "its script gave no result");
}

// Debian's Python, for which Debian packs PyTorch, then the first on the path.
static const char *const pythons[] = {"/usr/bin/python3", "python3"};

// The exit code of the script with the first Python that has PyTorch.
static axl_status run_script(os_process p, const char **argv, buf *output, int *code,
                             axl_error *err) {
    axl_status status = AXL_OK;
    for (size_t i = 0; i < sizeof pythons / sizeof *pythons; i++) {
        argv[0] = pythons[i];
        p.argv = argv;
        buf_clear(output);
        status = os_process_run(&p, output, code, err);
        if (status != AXL_NOT_FOUND && (status != AXL_OK || *code != NO_TORCH)) break;
    }
    return status;
}

void bench_model_peer(bench_model *m, const char *task) {
    const axl_bench_model_options *o = m->options;
    axl_bench_peer *peer = &m->out->peer;
    if (!o->torch) return;
    snprintf(peer->name, sizeof peer->name, "PyTorch");
    char batch[24], length[24], threads[24], seconds[24];
    snprintf(batch, sizeof batch, "%zu", strcmp(task, "train") == 0 ? m->out->batch : (size_t)1);
    snprintf(length, sizeof length, "%zu", m->out->length);
    snprintf(threads, sizeof threads, "%zu", m->out->threads);
    snprintf(seconds, sizeof seconds, "%.3f", m->seconds);
    const char *argv[] = {
        NULL,          o->torch,     "--config",  "/dev/stdin",
        "--task",      task,         "--batch",   batch,
        "--length",    length,       "--threads", threads,
        "--seconds",   seconds,      "--dtype",   m->recipe ? "f32" : m->out->dtype,
        "--optimizer", m->optimizer, NULL};
    buf config = {0}, output = {0};
    axl_error err;
    int code = 0;
    axl_status status = model_config_print(&config, &m->table.config, m->type, &err);
    if (status == AXL_OK && !buf_byte(&config, 0)) status = AXL_NO_MEMORY;
    if (status == AXL_OK) {
        const os_process p = {.input = (const char *)config.data,
                              .output_max = OUTPUT_MAX,
                              .stop = wants_stop,
                              .stop_ctx = m};
        status = run_script(p, argv, &output, &code, &err);
    }
    if (status != AXL_OK)
        missing(peer, err.text);
    else if (code == NO_TORCH)
        missing(peer, "PyTorch is not installed (Debian: python3-torch)");
    else if (code != 0)
        missing(peer, "its script failed");
    else
        read_result(m, &output);
    buf_free(&config);
    buf_free(&output);
}
