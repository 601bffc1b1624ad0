// Text that goes on, from a program of your own: complete MODEL PROMPT
//   cc complete.c $(pkg-config --cflags --libs axl) -o complete && ./complete my-model 'def '
#include <axl/axl.h>

#include <stdio.h>
#include <string.h>

static int show(void *ctx, const void *bytes, size_t size) {
    (void)ctx;
    fwrite(bytes, 1, size, stdout);
    return fflush(stdout) != 0; // not 0 would end the generation
}

int main(int argc, char **argv) {
    if (argc != 3) {
        fprintf(stderr, "usage: complete MODEL PROMPT\n");
        return argc == 1 ? 0 : 2;
    }
    axl_error err = {0};
    axl_engine *engine = NULL;
    axl_session *session = NULL;
    axl_generate_result result = {0};
    axl_status status = axl_engine_open(&engine, argv[1], NULL, &err);
    if (status == AXL_OK) status = axl_session_create(&session, engine, &err);
    if (status == AXL_OK) status = axl_session_append(session, argv[2], strlen(argv[2]), &err);
    if (status == AXL_OK) {
        axl_generate_options options;
        axl_generate_defaults(engine, &options); // as the model wants it
        options.seed = 7;                        // the same text every time
        const axl_generate_events events = {.text = show};
        status = axl_generate(session, &options, &events, &result, &err);
    }
    if (status == AXL_OK)
        fprintf(stderr, "\n%zu bytes, %.0f a second, ended by %s\n", result.bytes,
                result.bytes_per_s, axl_generate_end_name(result.end));
    else
        fprintf(stderr, "complete: %s\n", err.text);
    axl_generate_result_free(&result);
    axl_session_free(session);
    axl_engine_close(engine);
    return axl_status_exit_code(status);
}
