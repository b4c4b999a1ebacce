/* SPDX-License-Identifier: MIT */
/* What a stream has seen, as numbers that another one made alike goes on with, to the bit. */
#include "estimate/stream.h"

#include <string.h>

/* What stands beside the numbers of the block: counters, and which of the two sums of a window is which. */
enum { HEAD = 6 };

size_t mvoi_stream_state_size(const mvo_stream *stream)
{
    return HEAD + stream->numbers;
}

static int is_turned(const mvo_stream *s)
{
    return s->kind == MVOI_STREAM_WINDOW && s->sums.products > s->fresh.products;
}

void mvoi_stream_save(void *state, const mvo_stream *stream)
{
    const double head[HEAD] = {
        (double)stream->seen,        stream->weight,           stream->gain, (double)stream->sums.count,
        (double)stream->fresh.count, (double)is_turned(stream)
    };
    memcpy(state, head, sizeof head);
    memcpy((unsigned char *)state + sizeof head, stream->memory, stream->numbers * sizeof(double));
}

void mvoi_stream_restore(mvo_stream *stream, const void *state)
{
    double head[HEAD];
    memcpy(head, state, sizeof head);
    stream->seen = (int64_t)head[0];
    stream->weight = head[1];
    stream->gain = head[2];
    if (is_turned(stream) != (head[5] != 0.0)) {
        const mvoi_sums old = stream->sums;
        stream->sums = stream->fresh;
        stream->fresh = old;
    }
    stream->sums.count = (size_t)head[3];
    stream->fresh.count = (size_t)head[4];
    memcpy(stream->memory, (const unsigned char *)state + sizeof head, stream->numbers * sizeof(double));
}
