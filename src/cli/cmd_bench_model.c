// axl bench train, decode and prefill.
#include "cli/cli_amount.h"
#include "cli/cli_json.h"
#include "cli/cli_output.h"
#include "cli/cli_setup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef axl_status bench_call(const axl_bench_model_options *options, axl_bench_model_result *out,
                              axl_error *err);

// What differs between the three.
typedef struct kind {
    bench_call *call;
    const char *work; // "training"
    bool batch;       // there is one
} kind;

static void json_peer(json *j, const axl_bench_peer *peer) {
    json_open(j, "peer");
    json_text(j, "name", peer->name);
    if (peer->missing[0]) {
        json_text(j, "missing", peer->missing);
    } else {
        json_number(j, "bytes_per_s", peer->bytes_per_s);
        if (peer->rss_mib > 0) json_number(j, "rss_mib", peer->rss_mib);
        json_number(j, "ratio", peer->ratio);
        if (peer->params > 0) json_size(j, "params", peer->params);
        if (peer->dtype[0]) json_text(j, "dtype", peer->dtype);
    }
    json_end(j);
}

static void print_json(const axl_bench_model_result *r, const kind *k, bool quick) {
    json j = {0};
    json_open(&j, NULL);
    json_text(&j, "preset", r->preset);
    json_text(&j, "dtype", r->dtype);
    json_text(&j, "level", r->level);
    json_size(&j, "threads", r->threads);
    json_bool(&j, "quick", quick);
    json_size(&j, "params", r->params);
    if (r->read_params > 0) json_size(&j, "read_params", r->read_params);
    if (r->read_bytes > 0) json_size(&j, "read_bytes", r->read_bytes);
    if (k->batch) json_size(&j, "batch", r->batch);
    json_size(&j, "length", r->length);
    if (k->call == axl_bench_decode) json_size(&j, "streams", r->streams);
    json_number(&j, "bytes_per_s", r->bytes_per_s.median);
    json_number(&j, "bytes_per_s_min", r->bytes_per_s.min);
    json_number(&j, "bytes_per_s_max", r->bytes_per_s.max);
    json_size(&j, "repetitions", r->repetitions);
    json_number(&j, "gflops", r->gflops);
    json_number(&j, "peak", r->peak);
    json_number(&j, "share", r->share);
    if (r->memory) json_text(&j, "memory", r->memory);
    if (r->forward_bytes_per_s > 0) json_number(&j, "forward_bytes_per_s", r->forward_bytes_per_s);
    json_number(&j, "rss_mib", r->rss_mib);
    json_number(&j, "planned_mib", r->planned_mib);
    if (r->peer.name[0]) json_peer(&j, &r->peer);
    json_end(&j);
}

static void print_peer(const axl_bench_model_result *r) {
    const axl_bench_peer *p = &r->peer;
    if (p->missing[0]) {
        cli_print("%s: not measured: %s\n", p->name, p->missing);
        return;
    }
    if (p->params > 0) {
        char theirs[CLI_AMOUNT_MAX], ours[CLI_AMOUNT_MAX];
        cli_print("%s, a dense llama, %s: %.1f bytes/s with %s parameters read for a byte\n",
                  p->name, p->dtype, p->bytes_per_s, cli_amount_count(theirs, (double)p->params));
        cli_print_bold("axl reads %s and has %.2f x the speed\n",
                       cli_amount_count(ours, (double)r->read_params), p->ratio);
        return;
    }
    cli_print("%s: %.1f bytes/s, %.0f MiB: axl has %.2f x the speed and %.2f x the memory\n",
              p->name, p->bytes_per_s, p->rss_mib, p->ratio, r->rss_mib / p->rss_mib);
}

static void print_table(const axl_bench_model_result *r, const kind *k) {
    char read[CLI_AMOUNT_MAX];
    cli_print("%s, %zu parameters, %s; level %s, %zu thread%s\n", r->preset, (size_t)r->params,
              r->dtype, r->level, r->threads, r->threads == 1 ? "" : "s");
    if (k->batch)
        cli_print("batch %zu x %zu bytes\n", r->batch, r->length);
    else if (r->streams > 1)
        cli_print("context %zu bytes, %zu streams\n", r->length, r->streams);
    else
        cli_print("context %zu bytes\n", r->length);
    cli_print_bold("\n%s: %.1f bytes/s", k->work, r->bytes_per_s.median);
    cli_print(" (%.1f - %.1f in %zu repetitions)\n", r->bytes_per_s.min, r->bytes_per_s.max,
              r->repetitions);
    if (r->memory)
        cli_print(
            "%.1f %% of what reading %s of weights for each byte from the %s allows "
            "(%.1f GB/s)\n",
            100 * r->share, cli_amount_memory(read, (double)r->read_bytes), r->memory, r->peak);
    else
        cli_print("%.1f GFLOP/s: %.1f %% of the peak (%.1f)\n", r->gflops, 100 * r->share, r->peak);
    if (r->forward_bytes_per_s > 0)
        cli_print("%.1f %% of the forward pass of training (%.1f bytes/s)\n",
                  100 * r->bytes_per_s.median / r->forward_bytes_per_s, r->forward_bytes_per_s);
    cli_print("memory: %.0f MiB resident at most, %.0f MiB planned\n", r->rss_mib, r->planned_mib);
    if (r->peer.name[0]) print_peer(r);
}

#define SCRIPT_MAX 512

// The script of the peer: $AXL_REFERENCE/bench_torch.py, or the one of a source tree that this is
// run from. Points into `room`; NULL after a complaint.
static const char *find_script(const setup *s, char room[SCRIPT_MAX]) {
    const char *folder = getenv("AXL_REFERENCE");
    snprintf(room, SCRIPT_MAX, "%s/bench_torch.py", folder && *folder ? folder : "reference");
    FILE *file = fopen(room, "r");
    if (!file) {
        cli_complain(
            "%s: --peer torch: cannot read %s; run it in the source tree, or set "
            "AXL_REFERENCE to the tree's reference folder",
            s->path, room);
        return NULL;
    }
    fclose(file);
    return room;
}

// The folder of llama.cpp's libraries: $AXL_LLAMA, or where tools/get_llama puts them.
static const char *find_llama(void) {
    const char *folder = getenv("AXL_LLAMA");
    return folder && *folder ? folder
                             : "build/llama/node_modules/@node-llama-cpp/linux-x64/bins/linux-x64";
}

// Fills in the peer's option; false after a complaint.
static bool find_peer(const setup *s, const arguments *args, const kind *k,
                      axl_bench_model_options *o, char room[SCRIPT_MAX]) {
    if (!args->peer) return true;
    if (args->streams > 1) {
        cli_complain("%s: --peer: it runs one stream, not %zu", s->path, args->streams);
        return false;
    }
    if (strcmp(args->peer, "torch") == 0) return (o->torch = find_script(s, room)) != NULL;
    if (strcmp(args->peer, "llama.cpp") == 0 && k->call == axl_bench_decode) {
        o->llama = find_llama();
        o->scratch = getenv("TMPDIR");
        return true;
    }
    cli_complain("%s: --peer: '%s' is not known; there %s", s->path, args->peer,
                 k->call == axl_bench_decode ? "are: torch, llama.cpp" : "is: torch");
    return false;
}

static int run(const arguments *args, const kind *k) {
    setup s;
    char script[SCRIPT_MAX];
    int code = cli_setup_begin(&s, args);
    if (code) return code;
    axl_bench_model_options options = {.common = cli_setup_bench(&s, args),
                                       .preset = args->preset,
                                       .set = args->set.item,
                                       .set_count = args->set.count,
                                       .dtype = args->dtype,
                                       .batch = args->batch,
                                       .length = args->length,
                                       .streams = args->streams,
                                       .recompute = args->recompute,
                                       .seconds = (double)args->seconds};
    if (!find_peer(&s, args, k, &options, script)) return 2;
    axl_error err;
    axl_bench_model_result result;
    code = cli_setup_end(&s, k->call(&options, &result, &err), &err);
    if (code) return code;
    if (args->json)
        print_json(&result, k, args->quick);
    else
        print_table(&result, k);
    return 0;
}

int cmd_bench_train(const arguments *args) {
    return run(args, &(kind){axl_bench_train, "training", true});
}

int cmd_bench_decode(const arguments *args) {
    return run(args, &(kind){axl_bench_decode, "decoding", false});
}

int cmd_bench_prefill(const arguments *args) {
    return run(args, &(kind){axl_bench_prefill, "prefill", true});
}
