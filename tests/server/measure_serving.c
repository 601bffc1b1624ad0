// How fast a model is served, beside what it can do alone and beside llama.cpp: medians of several
// rounds in which all of them take turns. tools/measure_serving builds and runs it.
//
//   measure_serving MODEL TEXT [EXIT.gguf]
//
// Prompts are pieces of TEXT, UTF-8 of some thousand bytes. EXIT.gguf is the fine exit that `axl
// export` writes; llama.cpp's library in the folder $AXL_LLAMA runs it, many sequences in each
// call, without a server around it. Every byte is drawn with temperature 1. All speeds are bytes by
// the time from asking to the last byte, the reading of the prompts included, but for llama.cpp's,
// of which only the time for the bytes behind the prompts counts.
#include "stream_client.h"

#include "base/alloc.h"
#include "bench/bench_measure.h"
#include "bench/peer_llama.h"
#include "os/clock.h"
#include "os/file.h"
#include <axl/generate.h>
#include <axl/serve.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROUNDS ((size_t)5)
#define STREAMS_MAX ((size_t)16)
#define PEER_STREAMS ((size_t)8)
#define SHORT ((size_t)32)                     // bytes of a prompt
#define WRITTEN ((size_t)192)                  // bytes behind it
#define PROMPT ((size_t)200)                   // bytes where the first byte is waited for
#define PROBES ((size_t)8)                     // of them in a round
#define KEYS ((size_t)2000)                    // keystrokes
#define KEY_PAUSE ((uint64_t)75 * 1000 * 1000) // ns: nobody types faster
#define ENDLESS ((size_t)65536) // bytes, more than a stream gets to write before it is left

typedef struct measure {
    const char *model, *exit;
    char *text; // [size]; owned
    size_t size, place;
    axl_engine *engine;
    axl_server *server;
    axl_status result; // of axl_server_run
    os_thread thread;
    http_url to;
    peer_llama *peer;
    size_t threads;
    uint64_t seed;
} measure;

static void die(const char *what, const axl_error *err) {
    fprintf(stderr, "measure_serving: %s%s%s\n", what, err ? ": " : "", err ? err->text : "");
    exit(1);
}

static void check(axl_status status, const char *what, const axl_error *err) {
    if (status != AXL_OK) die(what, err);
}

// ---- texts ----

static bool is_inside(char byte) {
    return ((unsigned char)byte & 0xc0) == 0x80;
}

// The next piece of the text, so that no prompt begins as an earlier one, at whole characters.
static stream_ask next_ask(measure *m, size_t prompt, size_t written) {
    if (m->place + prompt + 8 > m->size) m->place = m->place % 31 + 1;
    while (is_inside(m->text[m->place])) m->place++;
    size_t size = prompt;
    while (size > 0 && is_inside(m->text[m->place + size])) size--;
    const stream_ask ask = {
        .prompt = m->text + m->place, .size = size, .bytes = written, .seed = ++m->seed};
    m->place += prompt + 5;
    return ask;
}

// ---- speeds, bytes a second ----

static double alone(measure *m) {
    const stream_ask ask = next_ask(m, SHORT, WRITTEN);
    axl_error err;
    axl_session *s;
    axl_generate_options o;
    axl_generate_result r;
    axl_generate_defaults(m->engine, &o);
    o = (axl_generate_options){.max_bytes = ask.bytes,
                               .temperature = 1,
                               .top_p = 1,
                               .repeat_penalty = 1,
                               .repeat_last = o.repeat_last,
                               .seed = ask.seed,
                               .ignore_end = true};
    check(axl_session_create(&s, m->engine, &err), "a session", &err);
    const uint64_t start = os_clock_ns();
    check(axl_session_append(s, ask.prompt, ask.size, &err), "a prompt", &err);
    check(axl_generate(s, &o, NULL, &r, &err), "generating", &err);
    const double seconds = (double)(os_clock_ns() - start) * 1e-9;
    const double rate = (double)r.bytes / seconds;
    axl_generate_result_free(&r);
    axl_session_free(s);
    return rate;
}

static double streams(measure *m, size_t count) {
    stream_client list[STREAMS_MAX];
    uint64_t begin = UINT64_MAX, end = 0, bytes = 0;
    for (size_t i = 0; i < count; i++) {
        const stream_ask ask = next_ask(m, SHORT, WRITTEN);
        if (!stream_begin(&list[i], &m->to, &ask)) die("a stream cannot begin", NULL);
    }
    for (size_t i = 0; i < count; i++) {
        stream_client *c = &list[i];
        stream_end(c);
        if (c->status != 200 || c->written != WRITTEN) die("a stream failed", NULL);
        if (c->asked_ns < begin) begin = c->asked_ns;
        if (c->last_ns > end) end = c->last_ns;
        bytes += c->written;
        stream_free(c);
    }
    return (double)bytes / ((double)(end - begin) * 1e-9);
}

// All sequences read their prompts, then each writes its most probable bytes.
static double peer(measure *m) {
    axl_error err;
    const float *logits[PEER_STREAMS];
    stream_ask ask[PEER_STREAMS];
    int32_t ids[PEER_STREAMS];
    uint64_t start = 0;
    check(peer_llama_keep(m->peer, 0, &err), "llama.cpp", &err);
    for (size_t i = 0; i < PEER_STREAMS; i++) ask[i] = next_ask(m, SHORT, WRITTEN);
    for (size_t at = 0; at < SHORT + WRITTEN; at++) {
        if (at == SHORT) start = os_clock_ns();
        for (size_t i = 0; i < PEER_STREAMS; i++) {
            ids[i] = (unsigned char)ask[i].prompt[at % SHORT];
            if (at < SHORT) continue;
            for (int32_t byte = ids[i] = 0; byte < 256; byte++)
                if (logits[i][byte] > logits[i][ids[i]]) ids[i] = byte;
        }
        check(peer_llama_feed_all(m->peer, ids, logits, &err), "llama.cpp", &err);
    }
    const double seconds = (double)(os_clock_ns() - start) * 1e-9;
    return (double)(PEER_STREAMS * WRITTEN) / seconds;
}

// ---- times, milliseconds ----

static double first_byte(measure *m) {
    double list[PROBES];
    for (size_t i = 0; i < PROBES; i++) {
        stream_client c;
        const stream_ask ask = next_ask(m, PROMPT, 4);
        if (!stream_run(&c, &m->to, &ask) || c.status != 200) die("a request failed", NULL);
        list[i] = (double)(c.first_ns - c.asked_ns) * 1e-6;
        stream_free(&c);
    }
    return bench_median(list, PROBES);
}

static double first_byte_beside(measure *m, size_t count) {
    stream_client list[STREAMS_MAX];
    for (size_t i = 0; i < count; i++) {
        const stream_ask ask = next_ask(m, SHORT, ENDLESS);
        if (!stream_begin(&list[i], &m->to, &ask)) die("a stream cannot begin", NULL);
    }
    for (size_t i = 0; i < count; i++) stream_wait_first(&list[i]);
    const double found = first_byte(m);
    for (size_t i = 0; i < count; i++) {
        stream_client *c = &list[i];
        atomic_store(&c->leave, true);
        stream_end(c);
        if (c->status != 200) die("a stream failed", NULL);
        stream_free(c);
    }
    return found;
}

typedef struct key_times {
    double median, mean, p99, worst;
    size_t over; // 5 ms
} key_times;

// A text is typed, and every key asks for the byte behind it, so long after the last answer.
static key_times keystrokes(measure *m, uint64_t pause_ns) {
    static double list[KEYS];
    key_times t = {0};
    for (size_t i = 0; i < KEYS; i++) {
        stream_client c;
        const stream_ask ask = {.prompt = m->text, .size = i + 1, .bytes = 1, .whole = true};
        if (is_inside(m->text[i + 1]) && i > 0) {
            list[i] = list[i - 1]; // a key is a character
            continue;
        }
        if (pause_ns > 0) os_sleep_ns(pause_ns);
        if (!stream_run(&c, &m->to, &ask) || c.status != 200) die("a key failed", NULL);
        list[i] = (double)(c.last_ns - c.asked_ns) * 1e-6;
        stream_free(&c);
    }
    for (size_t i = 0; i < KEYS; i++) {
        t.mean += list[i] / (double)KEYS;
        t.over += list[i] > 5;
    }
    t.median = bench_median(list, KEYS); // which sorts
    t.p99 = list[KEYS * 99 / 100];
    t.worst = list[KEYS - 1];
    return t;
}

// ---- the whole ----

static void serve(void *ctx) {
    measure *m = ctx;
    m->result = axl_server_run(m->server, NULL);
}

static void start(measure *m) {
    axl_error err;
    axl_server_options o;
    const axl_server_model model = {m->model, "measured"};
    axl_engine_info info;
    axl_server_defaults(&o);
    o.models = &model;
    o.model_count = 1;
    o.port = 0;
    check(axl_engine_open(&m->engine, m->model, NULL, &err), m->model, &err);
    axl_engine_describe(m->engine, &info);
    m->threads = info.threads;
    check(axl_server_create(&m->server, &o, &err), "a server", &err);
    check(axl_server_listen(m->server, &err), "a server", &err);
    m->to = (http_url){.host = "127.0.0.1", .port = axl_server_port(m->server)};
    check(os_thread_start(&m->thread, serve, m, &err), "a server", &err);
    if (m->exit) {
        const peer_llama_spec spec = {.folder = getenv("AXL_LLAMA"),
                                      .file = m->exit,
                                      .context = SHORT + WRITTEN,
                                      .sequences = PEER_STREAMS,
                                      .threads = info.threads};
        if (!spec.folder) die("AXL_LLAMA does not name the folder of llama.cpp's library", NULL);
        check(peer_llama_open(&m->peer, &spec, &err), m->exit, &err);
    }
    printf(
        "%s, %.1f million parameters, context %zu, level %s, %zu threads; medians of %zu rounds\n",
        m->model, (double)info.params * 1e-6, info.context, info.level, info.threads, ROUNDS);
}

static void stop(measure *m) {
    axl_server_stop(m->server);
    os_thread_join(&m->thread);
    if (m->result != AXL_OK) die("the server failed", NULL);
    axl_server_free(m->server);
    axl_engine_close(m->engine);
    peer_llama_close(m->peer);
    mem_free(m->text);
}

typedef enum row { ALONE, ONE, EIGHT, SIXTEEN, PEER, SHARE, GAIN, RATIO, IDLE, BESIDE, ROWS } row;

static void measure_round(measure *m, double out[ROWS]) {
    out[ALONE] = alone(m);
    out[ONE] = streams(m, 1);
    out[SIXTEEN] = streams(m, 16);
    out[EIGHT] = streams(m, PEER_STREAMS);
    out[PEER] = m->peer ? peer(m) : 0;
    out[IDLE] = first_byte(m);
    out[BESIDE] = first_byte_beside(m, 8);
    out[SHARE] = 100 * out[ONE] / out[ALONE];
    out[GAIN] = out[SIXTEEN] / out[ONE];
    out[RATIO] = m->peer ? out[EIGHT] / out[PEER] : 0;
}

static void print_rounds(double values[ROWS][ROUNDS], bool with_peer) {
    static const struct {
        const char *name, *unit, *bar;
    } rows[ROWS] = {
        [ALONE] = {"axl_generate", "bytes/s", ""},
        [ONE] = {"one stream", "bytes/s", ""},
        [EIGHT] = {"8 streams", "bytes/s", ""},
        [SIXTEEN] = {"16 streams", "bytes/s", ""},
        [PEER] = {"llama.cpp, 8 sequences of the fine exit", "bytes/s", ""},
        [SHARE] = {"one stream to axl_generate", "%", ">= 85"},
        [GAIN] = {"16 streams to one", "x", ">= 3"},
        [RATIO] = {"8 streams to llama.cpp", "x", ">= 1.5"},
        [IDLE] = {"first byte behind 200, idle", "ms", "<= 30"},
        [BESIDE] = {"first byte behind 200, beside 8 streams", "ms", "<= 120"},
    };
    printf("%-42s %10s %10s %10s  %s\n", "", "median", "least", "most", "bar");
    for (size_t i = 0; i < ROWS; i++) {
        if (!with_peer && (i == PEER || i == RATIO)) continue;
        const axl_bench_rate r = bench_rate_of(values[i], ROUNDS);
        printf("%-42s %10.2f %10.2f %10.2f  %s %s\n", rows[i].name, r.median, r.min, r.max,
               rows[i].bar, rows[i].unit);
    }
}

static void print_keys(const char *how, key_times t) {
    printf("%zu keys, %s: median %.2f ms, mean %.2f, p99 %.2f, worst %.2f, %zu over the bar of 5\n",
           KEYS, how, t.median, t.mean, t.p99, t.worst, t.over);
}

int main(int argc, char **argv) {
    if (argc != 3 && argc != 4) die("MODEL TEXT [EXIT.gguf]", NULL);
    measure m = {.model = argv[1], .exit = argc == 4 ? argv[3] : NULL};
    double values[ROWS][ROUNDS], one[ROWS];
    void *text;
    axl_error err;
    check(os_file_read(argv[2], (size_t)1 << 20, &text, &m.size, &err), argv[2], &err);
    m.text = text;
    if (m.size < KEYS + 2 * PROMPT) die("the text is too short", NULL);
    start(&m);
    measure_round(&m, one); // loads and warms up
    for (size_t i = 0; i < ROUNDS; i++) {
        measure_round(&m, one);
        for (size_t n = 0; n < ROWS; n++) values[n][i] = one[n];
        fprintf(stderr, "round %zu of %zu is done\n", i + 1, ROUNDS);
    }
    print_rounds(values, m.peer != NULL);
    print_keys("at once", keystrokes(&m, 0));
    print_keys("typed, 13 a second", keystrokes(&m, KEY_PAUSE));
    stop(&m);
    return 0;
}
