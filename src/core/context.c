/* SPDX-License-Identifier: MIT */
/* The context: whose memory, whose log. */
#include "core/core.h"

#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { ALIGNMENT = 64 };

mvo_status mvo_context_new(mvo_context **context, mvo_allocate_fn allocate, mvo_release_fn release, mvo_log_fn log,
                           void *user, mvo_error *error)
{
    if (!context)
        return mvoi_fail_null(NULL, error, "context");
    if (!allocate != !release) {
        const char *missing = allocate ? "release" : "allocate";
        return mvoi_fail(NULL, error, MVO_ERROR_ARGUMENT, MVOI_DETAIL(missing),
                         "allocate and release go together, but %s is NULL", missing);
    }
    mvo_context *made = allocate ? allocate(user, sizeof *made) : malloc(sizeof *made);
    if (!made)
        return mvoi_fail_memory(NULL, error, "a context");
    atomic_init(&made->references, 1);
    made->allocate = allocate;
    made->release = release;
    made->log = log;
    made->user = user;
    *context = made;
    return MVO_OK;
}

mvo_context *mvo_context_ref(mvo_context *context)
{
    if (context)
        atomic_fetch_add_explicit(&context->references, 1, memory_order_relaxed);
    return context;
}

void mvo_context_unref(mvo_context *context)
{
    if (!context || atomic_fetch_sub_explicit(&context->references, 1, memory_order_acq_rel) != 1)
        return;
    if (context->release)
        context->release(context->user, context);
    else
        free(context);
}

/* The block handed out lies ALIGNMENT-aligned inside a larger one, whose address stands just before it. */
void *mvoi_allocate(mvo_context *context, size_t count, size_t size)
{
    const size_t extra = ALIGNMENT + sizeof(void *);
    if (size && count > (SIZE_MAX - extra) / size)
        return NULL;
    const size_t bytes = count * size + extra;
    char *raw = context && context->allocate ? context->allocate(context->user, bytes) : malloc(bytes);
    if (!raw)
        return NULL;
    const uintptr_t start = (uintptr_t)(raw + sizeof(void *));
    const size_t shift = (ALIGNMENT - start % ALIGNMENT) % ALIGNMENT;
    char *block = raw + sizeof(void *) + shift;
    memcpy(block - sizeof(void *), &raw, sizeof raw);
    return block;
}

void *mvoi_allocate_parts(mvo_context *context, const mvoi_part *parts, size_t count)
{
    const size_t most = SIZE_MAX / 4; /* so that neither rounding up nor the sum of two runs over */
    size_t total = 0;
    for (size_t i = 0; i < count; i++) {
        /* a division only where the product could run over */
        if ((parts[i].count | parts[i].size) > most >> (CHAR_BIT * sizeof most / 2) && parts[i].size &&
            parts[i].count > most / parts[i].size)
            return NULL;
        total += (parts[i].count * parts[i].size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        if (total > most)
            return NULL;
    }
    char *block = mvoi_allocate(context, total, 1), *at = block;
    for (size_t i = 0; block && i < count; i++) {
        memcpy(parts[i].pointer, &at, sizeof at);
        at += (parts[i].count * parts[i].size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }
    return block;
}

void mvoi_release(mvo_context *context, void *pointer)
{
    if (!pointer)
        return;
    char *raw;
    memcpy(&raw, (char *)pointer - sizeof(void *), sizeof raw);
    if (context && context->release)
        context->release(context->user, raw);
    else
        free(raw);
}

char *mvoi_duplicate(mvo_context *context, const char *text)
{
    const size_t bytes = strlen(text) + 1;
    char *copy = mvoi_allocate(context, bytes, 1);
    return copy ? memcpy(copy, text, bytes) : NULL;
}
