// Text to train on: looked through, mixed, counted, split and fetched.
//
// Inputs are files, folders and patterns as for training: a file is one document, .jsonl gives one
// a line, .gz of either is decoded, folders are walked with their .gitignore files. A document
// belongs to a project: what the JSONL's member "project" or "repo_name" says, else what lies
// directly below the folder that was named. Documents are read one after the other, so the size of
// the inputs does not matter; what is kept in memory of each is stated with each call.
//
// Outputs are new JSONL files with the members text, project, path and, for a line of JSONL, line;
// where the name does not end in .jsonl, a folder of files, PROJECT/PATH, with their checksums in
// SHA256SUMS. Beside a file stands NAME.manifest.json, in a folder manifest.json, which is written
// last: what has none is not whole.
// The same inputs and options give the same outputs at any number of threads.
#ifndef AXL_DATA_H
#define AXL_DATA_H

#include <axl/bench.h>
#include <axl/status.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Of each result: how many documents, lines or files were left out, and why.
#define AXL_DATA_REASONS_MAX 48
typedef struct axl_data_reason {
    char name[16];    // a word for scripts
    const char *text; // a constant
    uint64_t count;
} axl_data_reason;

// What every call takes. Strings and ctx stay the caller's and must live during the call.
typedef struct axl_data_source {
    const char *const *paths; // [path_count]
    size_t path_count;
    const char *field;            // of JSONL lines, as for training; NULL: the usual names
    uint64_t max_bytes;           // longer documents are left out; 0: 1 MiB, 64 MiB at most
    size_t threads;               // 0: as many as the process may use
    axl_bench_progress *progress; // may be NULL; steps are documents, of a total that is not known
    void *progress_ctx;
} axl_data_source;

// Where the documents go.
typedef struct axl_data_target {
    const char *out; // a .jsonl, or a folder that is empty or not there
    bool force;      // replace a .jsonl that is there
} axl_data_target;

typedef struct axl_data_written {
    uint64_t documents, bytes; // of the documents' text
    uint64_t files;            // without the manifest
    char manifest[1024];       // its path, cut where it is longer
    char sha256[65];           // of the file; of SHA256SUMS for a folder
} axl_data_written;

typedef enum axl_data_licence {
    AXL_DATA_LICENCE_KEEP,  // licence headers stay
    AXL_DATA_LICENCE_STRIP, // comment blocks at the start that name a licence go
    AXL_DATA_LICENCE_DROP   // so do files that have one
} axl_data_licence;

// ---- filter ----

typedef struct axl_data_filter_options {
    axl_data_source source;
    axl_data_target target;
    uint64_t min_lines, max_lines; // of a document; 0: no bound
    uint64_t max_line;             // bytes of its longest line; 0: no bound
    uint64_t mean_line;            // of its lines on average; 0: no bound
    double min_alnum;              // share of letters and digits among its bytes; 0: no bound
    axl_data_licence licence;
    bool keep_generated; // files that say that they were made by a program
    bool keep_secrets;   // do not mask keys, tokens and passwords
    bool valid_syntax;   // leave out Python that does not parse; AXL_UNSUPPORTED without a parser
    double near;         // leave out what is so similar to another document; 0: exact copies only
    const char *const *against; // [against_count], benchmark files that must not be in the text
    size_t against_count;
} axl_data_filter_options;

// One kind of secret, or 0 of it.
#define AXL_DATA_SECRETS_MAX 48
typedef struct axl_data_secret {
    const char *name; // a constant
    uint64_t count;
} axl_data_secret;

typedef struct axl_data_filter_result {
    uint64_t documents, bytes; // that were read as documents
    axl_data_written written;
    axl_data_reason reasons[AXL_DATA_REASONS_MAX];
    size_t reason_count;
    axl_data_secret secrets[AXL_DATA_SECRETS_MAX];
    size_t secret_count;
    uint64_t masked;          // documents with at least one secret
    uint64_t licences;        // documents with a licence header
    uint64_t stripped_bytes;  // of licence headers
    uint64_t benchmark_texts; // that documents were compared with
    uint64_t memory;          // bytes held at the end to know documents again
    double seconds;
} axl_data_filter_result;

// 1 to 100,000 lines, lines up to 1,000 bytes and 100 on average, a quarter of letters and digits,
// near copies from 0.7 on.
AXL_API void axl_data_filter_defaults(axl_data_filter_options *options);

// Near copies: two documents are compared by their runs of 5 words, 128 minima of hashes each
// (MinHash), looked up by 32 bands of 4. Of a group the first one stays. Memory: about 550 bytes
// for each document that stays. result and err may be NULL.
AXL_API axl_status axl_data_filter(const axl_data_filter_options *options,
                                   axl_data_filter_result *result, axl_error *err);

// ---- mix ----

typedef struct axl_data_mix_options {
    axl_data_source source; // paths may be PATH:WEIGHT
    axl_data_target target;
    uint64_t bytes;     // of text in all; 0: as much as the shares allow
    uint64_t cap;       // bytes of one project, in each path by itself; 0: no cap
    double temperature; // 1: shares are as large as the texts, times their weights; higher: more
                        // alike; 0: 1
    uint64_t seed;
} axl_data_mix_options;

typedef struct axl_data_mix_part {
    const char *path; // one of the options'
    double weight, share;
    uint64_t found_documents, found_bytes, capped_bytes; // read; left out by the cap
    uint64_t documents, bytes;                           // in the mixture
} axl_data_mix_part;

typedef struct axl_data_mix_result {
    axl_data_mix_part *parts; // [part_count]
    size_t part_count;
    axl_data_written written;
    axl_data_reason reasons[AXL_DATA_REASONS_MAX];
    size_t reason_count;
} axl_data_mix_result;

// Documents of several texts in shares: the share of a path is in proportion to
// weight * bytes^(1 / temperature), and no document comes twice. They are drawn and put in an order
// by the seed. Memory: about 100 bytes a document; the text waits in a temporary file beside the
// output. *out is the caller's, to be freed with axl_data_mix_free; NULL on failure.
AXL_API axl_status axl_data_mix(const axl_data_mix_options *options, axl_data_mix_result **out,
                                axl_error *err);
AXL_API void axl_data_mix_free(axl_data_mix_result *result); // NULL is fine

// ---- split ----

typedef struct axl_data_split_options {
    axl_data_source source;
    const char *out; // a folder, which gets train.jsonl, held.jsonl and manifest.json
    bool force;      // replace those that are there
    double held;     // share of the projects, by chance, above 0, up to 0.5; 0: 0.1
    uint64_t seed;   // decides which projects are held out
    double near;     // training documents so similar to a held-out one are left out; 0: exact only
} axl_data_split_options;

typedef struct axl_data_split_set {
    uint64_t projects, documents, bytes;
    char sha256[65];
} axl_data_split_set;

typedef struct axl_data_split_result {
    axl_data_split_set train, held;
    axl_data_reason reasons[AXL_DATA_REASONS_MAX];
    size_t reason_count;
    char manifest[1024];
} axl_data_split_result;

// Holds out whole projects, in an order that is a hash of the seed and their names and so does not
// depend on what else there is. AXL_BAD_FILE where there is one project only: it cannot be in both.
// Memory: about 700 bytes a document. result and err may be NULL.
AXL_API axl_status axl_data_split(const axl_data_split_options *options,
                                  axl_data_split_result *result, axl_error *err);

// ---- stats ----

#define AXL_DATA_TOP 10
typedef struct axl_data_group {
    char name[64]; // of a project, or what file names end in, as ".py"; cut where it is longer
    uint64_t documents, bytes;
} axl_data_group;

typedef struct axl_data_stats_result {
    uint64_t documents, bytes, lines, empty_lines;
    uint64_t duplicates, duplicate_bytes; // exact copies of an earlier document
    uint64_t near, near_bytes;            // near copies of an earlier document; 0 where not asked
    uint64_t not_utf8;                    // documents
    uint64_t longest_line;
    double alnum;            // share of letters and digits
    uint64_t percentiles[5]; // bytes of documents: 10 %, 25 %, the median, 75 %, 90 %
    uint64_t projects, endings;
    axl_data_group top_projects[AXL_DATA_TOP], top_endings[AXL_DATA_TOP]; // by bytes
    size_t top_project_count, top_ending_count;
    axl_data_reason reasons[AXL_DATA_REASONS_MAX];
    size_t reason_count;
} axl_data_stats_result;

// near 0: near copies are not looked for. result must be given.
AXL_API axl_status axl_data_stats(const axl_data_source *source, double near,
                                  axl_data_stats_result *result, axl_error *err);

// ---- pull ----

typedef struct axl_data_pull_options {
    // [what_count]: URLs of files, or hf:OWNER/NAME[/CONFIG[/SPLIT]]: the rows of a data set of
    // Hugging Face.
    const char *const *what;
    size_t what_count;
    const char *const *sha256; // [sha256_count], that files must have, in the order of the URLs
    size_t sha256_count;
    const char *out;      // a folder
    const char *endpoint; // of the rows; NULL: AXL_DATA_ENDPOINT
    const char *token;    // for huggingface.co, the endpoint and this machine only; NULL: none
    uint64_t max_bytes;   // of all that is fetched; 0: no cap
    bool force;           // fetch again what is there
    axl_bench_progress *progress; // may be NULL; steps are KiB or rows
    void *progress_ctx;
} axl_data_pull_options;

#define AXL_DATA_ENDPOINT "https://datasets-server.huggingface.co"

typedef enum axl_data_pull_state {
    AXL_DATA_PULL_WHOLE,  // it was fetched
    AXL_DATA_PULL_THERE,  // it was there already, as the manifest says
    AXL_DATA_PULL_CAPPED, // cut at the cap, at the end of a row, or not begun
} axl_data_pull_state;

typedef struct axl_data_pulled {
    const char *what; // one of the options'
    char path[1024];  // of the file; empty: there is none
    axl_data_pull_state state;
    uint64_t bytes, rows; // rows: of a data set
    uint64_t resumed;     // bytes that an earlier call had fetched
    uint64_t cut_rows;    // rows that the server gives in part only: left out
    uint64_t retries;
    char sha256[65];
    bool partial; // the server says that it has a part of the data set only
} axl_data_pulled;

typedef struct axl_data_pull_result {
    axl_data_pulled *items; // [item_count]
    size_t item_count;
    uint64_t bytes; // fetched by this call
} axl_data_pull_result;

// Why this build cannot fetch, in one line; NULL: it can. A constant.
AXL_API const char *axl_data_pull_missing(void);

// Fetches over HTTPS and HTTP. The token goes over HTTPS to huggingface.co, hosts below it and the
// endpoint's host and port, and to 127.0.0.1, localhost and [::1]; to no other, and to none whose
// URL names a user. What was interrupted goes on where it ended, with the same options. Failures of
// a connection, 429 and 5xx are tried again after a pause that grows or that the server asks for.
// *out is the caller's, to be freed with axl_data_pull_free; NULL on failure, which leaves what was
// fetched for the next call.
AXL_API axl_status axl_data_pull(const axl_data_pull_options *options, axl_data_pull_result **out,
                                 axl_error *err);
AXL_API void axl_data_pull_free(axl_data_pull_result *result); // NULL is fine

#ifdef __cplusplus
}
#endif

#endif
