/* SPDX-License-Identifier: MIT */
/* What the two halves of the parser share: the assets are read first, and then the rows. */
#ifndef MVO_CONSTRAINTS_PARSE_H
#define MVO_CONSTRAINTS_PARSE_H

#include "constraints/text.h"

typedef struct mvoi_parser {
    mvoi_reader reader;
    mvo_constraints *set;
    mvoi_index index;    /* once all assets are read */
    size_t *listed;      /* n: the list that named the asset last, counted from 1; once all assets are read */
    size_t list;         /* the one being read */
    char *name;          /* room for the longest name of the text */
    size_t most_numbers; /* in one ladder */
    double *room;        /* twice as many, and two more */
} mvoi_parser;

/*
 * Limits around what `form` reads: "l <= form <= u", "l <= form", "form <= u", "form >= l", "form = v", "form free".
 * Here as in all of these: whether it was read, and if not the reader's status and error say why.
 */
int mvoi_read_limited(mvoi_parser *parser, double *lower, double *upper, int (*form)(mvoi_parser *parser));

/* A name that may be there, into parser->name; *name is that or NULL. */
void mvoi_read_name(mvoi_parser *parser, const char **name);

/* "row" and all that belongs to it. */
int mvoi_read_row(mvoi_parser *parser);

/* Tells that memory is short. */
int mvoi_parse_memory(mvoi_parser *parser);

#endif
