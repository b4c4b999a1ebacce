/* SPDX-License-Identifier: MIT */
#include "support/counting_allocator.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HEADER = 64 }; /* keeps the alignment malloc gives */

static const uint64_t in_use = 0x5EED5EED5EED5EEDu, given_back = 0xDEADDEADDEADDEADu;

typedef struct header {
    uint64_t mark;
    size_t size;
    counting_allocator *owner;
} header;

void *counting_allocate(void *user, size_t size)
{
    counting_allocator *allocator = user;
    const size_t request = allocator->asked++;
    const int hit = allocator->refuse_on ? request >= allocator->refuse_at : request == allocator->refuse_at;
    if (hit && allocator->refuse_at != COUNTING_NEVER) {
        allocator->refused++;
        return NULL;
    }
    char *block = malloc(HEADER + size);
    if (!block)
        abort();
    const header mark = { in_use, size, allocator };
    memcpy(block, &mark, sizeof mark);
    memset(block + HEADER, 0xFF, size); /* read as doubles: NaN */
    allocator->live++;
    return block + HEADER;
}

void counting_release(void *user, void *pointer)
{
    counting_allocator *allocator = user;
    header mark = { 0, 0, NULL };
    if (pointer)
        memcpy(&mark, (char *)pointer - HEADER, sizeof mark);
    if (mark.mark != in_use || mark.owner != allocator) {
        fprintf(stderr, "released %p, which is not a block of this allocator\n", pointer);
        abort();
    }
    memset(pointer, 0xFF, mark.size);
    mark.mark = given_back;
    memcpy((char *)pointer - HEADER, &mark, sizeof mark);
    free((char *)pointer - HEADER);
    allocator->live--;
}
