#include "model/timeline.h"

#include "base/sizes.h"

// Positions of 7/4 length a sequence, and for each scale what it sees of all three.
bool timeline_numbers(size_t batch, size_t length, size_t *out) {
    size_t sequences;
    return size_add(batch, MODEL_SCALES, &sequences) && size_mul3(sequences, length, 2, out);
}

void timeline_fill(timeline *t, size_t batch, size_t length, uint32_t *memory) {
    *t = (timeline){.batch = batch, .length = length};
    for (size_t a = 0; a < MODEL_SCALES; a++) {
        const size_t states = timeline_states(t, a);
        t->position[a] = memory;
        memory += batch * states;
        for (size_t i = 0; i < batch * states; i++)
            t->position[a][i] = (uint32_t)timeline_end(a, i % states);
        for (size_t b = 0; b < MODEL_SCALES; b++, memory += states) {
            t->visible[a][b] = memory;
            for (size_t i = 0; i < states; i++)
                memory[i] = (uint32_t)timeline_born(b, timeline_end(a, i));
        }
    }
}
