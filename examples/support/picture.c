/* SPDX-License-Identifier: MIT */
/* Talks to gnuplot through a pipe; what is drawn where, and in which colours, is decided here. */
#define _POSIX_C_SOURCE 200809L

#include "picture.h"

#include "labels.h"

#include <ctype.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The page in pixels, and the part of it that the axes enclose. */
enum { WIDTH = 1000, HEIGHT = 760, LEFT = 96, RIGHT = 964, TOP = 84, BOTTOM = 612 };

static const double SMALL_TEXT = 12;

static const char *const INK = "#2b3440", *const MUTED = "#6b7785", *const GRID = "#e3e7ec", *const CURVE = "#1f5fa8",
                         *const DOT = "#a9b4c0", *const LINE = "#c8553d";
static const char *const named_colors[PICTURE_NAMED] = { "#2a9d6f", "#c8553d", "#e0a030" };

/* --------------------------------------------------------------------------------------------- axes */

/* Range of an axis in percent, whole multiples of `step`. */
typedef struct axis {
    double from, to, step;
} axis;

static axis axis_for(double least, double most)
{
    static const double nice[] = { 1, 2, 2.5, 5, 10 };
    const double span = most - least > 0 ? most - least : 1.0;
    const double unit = pow(10, floor(log10(span / 8)));
    size_t i = 0;
    while (i < 4 && nice[i] * unit < span / 8)
        i++;
    const double step = nice[i] * unit;
    return (axis){ step * floor(least / step + 1e-9), step * ceil(most / step - 1e-9), step };
}

static void include(double *least, double *most, const picture_point *points, size_t count, int vertical)
{
    for (size_t i = 0; i < count; i++) {
        const double value = 100 * (vertical ? points[i].expected_return : points[i].volatility);
        *least = fmin(*least, value);
        *most = fmax(*most, value);
    }
}

/* Everything drawn fits, with a little air above and to the right; volatility begins at zero, and so does return. */
static axis axis_of(const picture *p, int vertical)
{
    double least = 0, most = 0;
    include(&least, &most, p->asset, p->assets, vertical);
    include(&least, &most, p->curve, p->curve_points, vertical);
    include(&least, &most, p->other, p->other_points, vertical);
    if (vertical && p->has_line) {
        least = fmin(least, 100 * p->riskfree);
        most = fmax(most, 100 * p->riskfree);
    }
    const double air = 0.05 * (most - least);
    return axis_for(least < 0 ? least - air : least, most + air);
}

static double pixel_x(axis a, double percent)
{
    return LEFT + (RIGHT - LEFT) * (percent - a.from) / (a.to - a.from);
}

static double pixel_y(axis a, double percent)
{
    return BOTTOM - (BOTTOM - TOP) * (percent - a.from) / (a.to - a.from);
}

/* ------------------------------------------------------------------------------------------- labels */

/* Estimated from the usual proportions of a sans-serif font. */
static double text_width(const char *text, double size)
{
    double width = 0;
    for (; *text; text++)
        width += strchr("iljtfr.,:;|' ", *text)  ? 0.36
                 : strchr("mwMW%@", *text)       ? 0.96
                 : islower((unsigned char)*text) ? 0.62
                                                 : 0.72;
    return width * size;
}

static label label_of(const picture_point *point, axis x, axis y, double reach)
{
    label l = { .height = SMALL_TEXT, .reach = reach };
    l.x = pixel_x(x, 100 * point->volatility);
    l.y = pixel_y(y, 100 * point->expected_return);
    l.width = text_width(point->label, SMALL_TEXT);
    return l;
}

static label_box box_around(double x, double y, double radius)
{
    return (label_box){ x - radius, y - radius, x + radius, y + radius };
}

/* Small boxes along a line of points, close enough that no label slips through. */
static size_t boxes_along(label_box *boxes, const picture_point *points, size_t count, axis x, axis y)
{
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        const double px = pixel_x(x, 100 * points[i].volatility), py = pixel_y(y, 100 * points[i].expected_return);
        boxes[used++] = box_around(px, py, 2.0);
    }
    return used;
}

void picture_quote(FILE *out, const char *text)
{
    fputc('\'', out);
    for (; *text; text++) {
        if (*text == '\'')
            fputc('\'', out);
        fputc((unsigned char)*text < ' ' ? ' ' : *text, out);
    }
    fputc('\'', out);
}

static void print_label(FILE *out, const label *l, const char *text, const char *color)
{
    if (!l->shown)
        return;
    fprintf(out, "set label ");
    picture_quote(out, text);
    /* The side that faces the point stays where it is, however wide the text turns out. */
    const double x = l->side < 0 ? l->box.right : l->side > 0 ? l->box.left : (l->box.left + l->box.right) / 2;
    fprintf(out, " at screen %.5f, screen %.5f %s font ',%g' textcolor rgb '%s' noenhanced front\n", x / WIDTH,
            1 - (l->box.top + l->box.bottom) / 2 / HEIGHT,
            l->side < 0   ? "right"
            : l->side > 0 ? "left"
                          : "center",
            SMALL_TEXT, color);
}

/* Named portfolios first, then assets, the ones farther out (which a reader asks about) before the crowd. */
static int print_labels(FILE *out, const picture *p, axis x, axis y)
{
    enum { LINE_BOXES = 400 };
    const size_t count = p->named_points + p->assets;
    label *labels = calloc(count + 1, sizeof *labels);
    label_box *obstacles = calloc(count + p->curve_points + LINE_BOXES, sizeof *obstacles);
    size_t used = 0;
    if (labels && obstacles) {
        for (size_t i = 0; i < count; i++) {
            const int named = i < p->named_points;
            labels[i] = label_of(named ? &p->named[i] : &p->asset[i - p->named_points], x, y, named ? 10 : 6);
            obstacles[used++] = box_around(labels[i].x, labels[i].y, named ? 7 : 4);
        }
        used += boxes_along(obstacles + used, p->curve, p->curve_points, x, y);
        for (size_t i = 0; p->has_line && i < LINE_BOXES; i++) {
            const double volatility = x.to * (double)i / LINE_BOXES;
            const double percent = 100 * p->riskfree + p->sharpe * volatility;
            if (percent <= y.to)
                obstacles[used++] = box_around(pixel_x(x, volatility), pixel_y(y, percent), 1.5);
        }
        place_labels(labels, count, obstacles, used, (label_box){ LEFT + 4, TOP + 4, RIGHT - 4, BOTTOM - 4 });
        for (size_t i = 0; i < count; i++) {
            const int named = i < p->named_points;
            print_label(out, &labels[i], named ? p->named[i].label : p->asset[i - p->named_points].label,
                        named ? named_colors[p->color[i]] : MUTED);
        }
    }
    const int done = labels && obstacles;
    free(labels);
    free(obstacles);
    return done;
}

/* ------------------------------------------------------------------------------------------ gnuplot */

static void print_points(FILE *out, const char *name, const picture_point *points, size_t count)
{
    fprintf(out, "$%s << END\n", name);
    for (size_t i = 0; i < count; i++)
        fprintf(out, "%.9g %.9g\n", 100 * points[i].volatility, 100 * points[i].expected_return);
    fprintf(out, "END\n");
}

static void print_style(FILE *out, const picture *p, const char *path, axis x, axis y)
{
    fprintf(out, "set terminal svg size %d,%d font 'Helvetica,14' background rgb 'white'\n", WIDTH, HEIGHT);
    fprintf(out, "set output ");
    picture_quote(out, path);
    fprintf(out, "\nset lmargin at screen %.5f\nset rmargin at screen %.5f\n", (double)LEFT / WIDTH,
            (double)RIGHT / WIDTH);
    fprintf(out, "set tmargin at screen %.5f\nset bmargin at screen %.5f\n", 1 - (double)TOP / HEIGHT,
            1 - (double)BOTTOM / HEIGHT);
    fprintf(out, "set label ");
    picture_quote(out, p->title);
    fprintf(out, " at screen %.5f, screen 0.957 left font ',20' textcolor rgb '%s' noenhanced\n", (double)LEFT / WIDTH,
            INK);
    fprintf(out, "set label ");
    picture_quote(out, p->subtitle);
    fprintf(out, " at screen %.5f, screen 0.919 left font ',13' textcolor rgb '%s' noenhanced\n", (double)LEFT / WIDTH,
            MUTED);
    fprintf(out, "set border 3 linecolor rgb '%s' linewidth 1\n", GRID);
    fprintf(out, "set grid xtics ytics linetype 1 linecolor rgb '%s' linewidth 1\n", GRID);
    fprintf(out, "set xrange [%.9g:%.9g]\nset yrange [%.9g:%.9g]\n", x.from, x.to, y.from, y.to);
    fprintf(out, "set xtics %.9g nomirror scale 0 format '%%g %%%%' font ',13' textcolor rgb '%s'\n", x.step, MUTED);
    fprintf(out, "set ytics %.9g nomirror scale 0 format '%%g %%%%' font ',13' textcolor rgb '%s'\n", y.step, MUTED);
    fprintf(out, "set xlabel ");
    picture_quote(out, p->risk ? p->risk : "volatility per year");
    fprintf(out, " font ',14' textcolor rgb '%s' offset 0,0.6 noenhanced\n", INK);
    fprintf(out, "set ylabel 'expected return per year' font ',14' textcolor rgb '%s' offset 0.3,0\n", INK);
    fprintf(out, "unset key\n");
}

static void print_curves(FILE *out, const picture *p, axis x)
{
    fprintf(out, "plot ");
    if (p->has_line)
        fprintf(out, "[0:%.9g] %.9g + %.9g * x with lines linewidth 1.5 dashtype (8, 5) linecolor rgb '%s', \\\n", x.to,
                100 * p->riskfree, p->sharpe, LINE);
    fprintf(out, "$assets with points pointtype 7 pointsize 0.55 linecolor rgb '%s', \\\n", DOT);
    if (p->other_points)
        fprintf(out, "$other with lines linewidth 2 linecolor rgb '%s', \\\n", LINE);
    fprintf(out, "$curve with lines linewidth 3 linecolor rgb '%s'", CURVE);
    if (p->corners) {
        fprintf(out, ", \\\n$corners with points pointtype 7 pointsize 0.5 linecolor rgb '%s', \\\n", CURVE);
        fprintf(out, "$corners with points pointtype 7 pointsize 0.28 linecolor rgb 'white'");
    }
    for (size_t i = 0; i < p->named_points; i++) {
        const char *color = named_colors[p->color[i]];
        fprintf(out, ", \\\n$named%zu with points pointtype 7 pointsize 1.25 linecolor rgb 'white', \\\n", i);
        fprintf(out, "$named%zu with points pointtype 7 pointsize 0.95 linecolor rgb '%s'", i, color);
    }
    fprintf(out, "\nunset output\n");
}

/* ------------------------------------------------------------------------------------------- legend */

/* One line of the legend: a sample of what is drawn, and its meaning. Under the axes, so that it never covers anything.
 */
typedef enum sample { DOTS, RINGS, MARKER, SOLID, DASHED } sample;

enum { LEGEND_TOP = 686, LEGEND_LINE = 21, LEGEND_SAMPLE = 30, LEGEND_RIGHT = 520 };

static void print_entry(FILE *out, double left, double line, sample kind, const char *color, const char *text)
{
    const double y = 1 - (LEGEND_TOP + LEGEND_LINE * line) / HEIGHT;
    const double middle = (left + LEGEND_SAMPLE / 2.0) / WIDTH;
    if (kind == SOLID || kind == DASHED)
        fprintf(out,
                "set arrow from screen %.5f, screen %.5f to screen %.5f, screen %.5f nohead linewidth %s "
                "linecolor rgb '%s'\n",
                left / WIDTH, y, (left + LEGEND_SAMPLE) / WIDTH, y, kind == DASHED ? "1.5 dashtype (8, 5)" : "3",
                color);
    else
        fprintf(out, "set label '' at screen %.5f, screen %.5f point pointtype 7 pointsize %s linecolor rgb '%s'\n",
                middle, y, kind == MARKER ? "0.95" : "0.55", color);
    if (kind == RINGS)
        fprintf(out,
                "set label '' at screen %.5f, screen %.5f point pointtype 7 pointsize 0.28 linecolor rgb 'white'\n",
                middle, y);
    fprintf(out, "set label ");
    picture_quote(out, text);
    fprintf(out, " at screen %.5f, screen %.5f left font ',13' textcolor rgb '%s' noenhanced\n",
            (left + LEGEND_SAMPLE + 10) / WIDTH, y, INK);
}

static void print_legend(FILE *out, const picture *p)
{
    print_entry(out, LEFT, 0, SOLID, CURVE, p->curve_legend ? p->curve_legend : "efficient frontier");
    if (p->other_points)
        print_entry(out, LEFT, 1, SOLID, LINE, p->other_legend);
    else
        print_entry(out, LEFT, 1, RINGS, CURVE, "corner portfolios");
    print_entry(out, LEFT, 2, DOTS, DOT, "assets");
    for (size_t i = 0; i < p->named_points; i++)
        print_entry(out, LEGEND_RIGHT, (double)i, MARKER, named_colors[p->color[i]], p->legend[i]);
    if (p->has_line)
        print_entry(out, LEFT, 3, DASHED, LINE, p->line_legend);
}

/* ------------------------------------------------------------------------------------------- public */

static int print_picture(FILE *out, const picture *p, const char *path)
{
    const axis x = axis_of(p, 0), y = axis_of(p, 1);
    print_points(out, "assets", p->asset, p->assets);
    print_points(out, "curve", p->curve, p->curve_points);
    print_points(out, "corners", p->corner, p->corners);
    print_points(out, "other", p->other, p->other_points);
    for (size_t i = 0; i < p->named_points; i++) {
        char name[32];
        snprintf(name, sizeof name, "named%zu", i);
        print_points(out, name, &p->named[i], 1);
    }
    print_style(out, p, path, x, y);
    print_legend(out, p);
    const int done = print_labels(out, p, x, y);
    print_curves(out, p, x);
    return done;
}

int picture_draw(int (*print)(FILE *out, const void *what, const char *path), const void *what, const char *path,
                 char *message, size_t message_size)
{
    if (system("command -v gnuplot >/dev/null 2>&1") != 0) {
        snprintf(message, message_size, "gnuplot is not installed (Debian, Ubuntu: package gnuplot-nox)");
        return 0;
    }
    FILE *probe = fopen(path, "wb");
    if (!probe) {
        snprintf(message, message_size, "%s cannot be written", path);
        return 0;
    }
    fclose(probe);
    void (*const before)(int) = signal(SIGPIPE, SIG_IGN); /* should gnuplot give up early, pclose tells */
    FILE *out = popen("gnuplot -", "w");
    const int drawn = out && print(out, what, path);
    const int done = out && pclose(out) == 0;
    signal(SIGPIPE, before);
    if (!done)
        snprintf(message, message_size, "%s", out ? "gnuplot reported an error" : "gnuplot cannot be started");
    else if (!drawn)
        snprintf(message, message_size, "not enough memory for the labels");
    return done && drawn;
}

static int print_frontier(FILE *out, const void *what, const char *path)
{
    return print_picture(out, what, path);
}

int picture_write(const picture *p, const char *path, char *message, size_t message_size)
{
    return picture_draw(print_frontier, p, path, message, message_size);
}

/* --------------------------------------------------------------------------------------------- bars */

enum { FEW = 12 }; /* bars with room for names that need not stand upright */

static void print_bar_style(FILE *out, const picture_bars *p, const char *path)
{
    fprintf(out, "set terminal svg size %d,%d font 'Helvetica,14' background rgb 'white'\nset output ", WIDTH, HEIGHT);
    picture_quote(out, path);
    fprintf(out, "\nset lmargin at screen %.5f\nset rmargin at screen %.5f\n", (double)LEFT / WIDTH,
            (double)RIGHT / WIDTH);
    fprintf(out, "set tmargin at screen %.5f\nset bmargin at screen %.5f\n", 1 - (double)TOP / HEIGHT,
            1 - (double)BOTTOM / HEIGHT);
    fprintf(out, "set label ");
    picture_quote(out, p->title);
    fprintf(out, " at screen %.5f, screen 0.957 left font ',20' textcolor rgb '%s' noenhanced\n", (double)LEFT / WIDTH,
            INK);
    fprintf(out, "set label ");
    picture_quote(out, p->subtitle);
    fprintf(out, " at screen %.5f, screen 0.919 left font ',13' textcolor rgb '%s' noenhanced\n", (double)LEFT / WIDTH,
            MUTED);
    fprintf(out, "set border 1 linecolor rgb '%s' linewidth 1\n", GRID);
    fprintf(out, "set grid ytics linetype 1 linecolor rgb '%s' linewidth 1\n", GRID);
    fprintf(out, "set xrange [-0.7:%.9g]\n", (double)p->count - 0.3);
    fprintf(out, "set yrange [*<0:*]\n"); /* bars stand on zero */
    fprintf(out, "set ytics nomirror scale 0 format '%%g %%%%' font ',13' textcolor rgb '%s'\n", MUTED);
    fprintf(out, "set xtics nomirror scale 0 rotate by %d right font ',12' textcolor rgb '%s' noenhanced\n",
            p->count > FEW ? 90 : 20, MUTED);
    fprintf(out, "set ylabel ");
    picture_quote(out, p->axis);
    fprintf(out, " font ',14' textcolor rgb '%s' offset 0.3,0\nunset key\n", INK);
    fprintf(out, "set style data histograms\nset style histogram clustered gap 1\nset style fill solid noborder\n");
}

static int print_bars(FILE *out, const void *what, const char *path)
{
    const picture_bars *p = what;
    fprintf(out, "$bars << END\n");
    for (size_t i = 0; i < p->count; i++) {
        fputc('"', out);
        for (const char *at = p->name[i]; *at; at++)
            fputc(*at == '"' || (unsigned char)*at < ' ' ? ' ' : *at, out);
        fprintf(out, "\" %.9g %.9g\n", 100 * p->before[i], 100 * p->after[i]);
    }
    fprintf(out, "END\n");
    print_bar_style(out, p, path);
    print_entry(out, LEFT, 0.6, SOLID, DOT, p->before_legend);
    print_entry(out, LEFT, 1.6, SOLID, CURVE, p->after_legend);
    fprintf(out, "plot $bars using 2:xtic(1) linecolor rgb '%s', '' using 3 linecolor rgb '%s'\nunset output\n", DOT,
            CURVE);
    return 1;
}

int picture_bars_write(const picture_bars *p, const char *path, char *message, size_t message_size)
{
    return picture_draw(print_bars, p, path, message, message_size);
}
