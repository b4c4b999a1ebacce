/* SPDX-License-Identifier: MIT */
#include "days.h"

#include "picture.h"

#include <math.h>
#include <stdio.h>

/* The page in pixels, and the column that the axes of all panels enclose. */
enum { WIDTH = 1000, HEIGHT = 1080, LEFT = 92, RIGHT = 858 };

static const char *const INK = "#2b3440", *const MUTED = "#6b7785", *const GRID = "#e3e7ec", *const BAR = "#7f93a8",
                         *const CURVE = "#1f5fa8", *const WARNING = "#c8553d", *const POOL = "#2a9d6f";
static const char *const colors[DAYS_ASSETS] = { "#1f5fa8", "#e0a030", "#2a9d6f", "#8a63b0", "#4fb0c6",
                                                 "#c8553d", "#5b6f2f", "#d98fb0", "#8c6b4f", "#a9b4c0" };

/* A panel: from where to where on the page (pixels, y downward), and what it is about. */
typedef struct panel {
    double top, bottom;
    const char *title;
} panel;

static const panel panels[4] = { { 112, 486, "weights after trading, percent of equity" },
                                 { 540, 660, "turnover, percent of equity" },
                                 { 714, 834, "cost of trading, basis points of equity" },
                                 { 888, 1030, "distance to liquidation, multiples of the nearest shock" } };

static void print_text(FILE *out, const char *text, double x, double y, const char *font, const char *color)
{
    fprintf(out, "set label ");
    picture_quote(out, text);
    fprintf(out, " at screen %.5f, screen %.5f left font '%s' textcolor rgb '%s' noenhanced\n", x / WIDTH,
            1 - y / HEIGHT, font, color);
}

static void print_square(FILE *out, double x, double y, const char *color, const char *text)
{
    fprintf(out, "set label '' at screen %.5f, screen %.5f point pointtype 5 pointsize 0.9 linecolor rgb '%s'\n",
            x / WIDTH, 1 - y / HEIGHT, color);
    print_text(out, text, x + 14, y, ",12", INK);
}

static void open_panel(FILE *out, const days_picture *p, const panel *where, int last)
{
    fprintf(out, "unset label\nunset arrow\nset tmargin at screen %.5f\nset bmargin at screen %.5f\n",
            1 - where->top / HEIGHT, 1 - where->bottom / HEIGHT);
    print_text(out, where->title, LEFT, where->top - 14, ",13", INK);
    if (last) {
        fprintf(out, "set xtics nomirror scale 0 font ',12' textcolor rgb '%s' (", MUTED);
        const size_t step = p->days > 12 ? (p->days + 8) / 9 : 1;
        for (size_t t = 0; t < p->days; t += step) {
            fprintf(out, "%s", t ? ", " : "");
            picture_quote(out, p->date[t]);
            fprintf(out, " %zu", t);
        }
        fprintf(out, ")\n");
    } else {
        fprintf(out, "unset xtics\n");
    }
}

/* ------------------------------------------------------------------------------------------------- panels */

/* Boxes upon each other: long ones upward from zero, short ones downward. */
static void print_boxes(FILE *out, const days_picture *p)
{
    for (size_t j = 0; j < p->assets; j++) {
        fprintf(out, "$w%zu << END\n", j);
        for (size_t t = 0; t < p->days; t++) {
            const double w = p->weights[t + j * p->days];
            double from = 0.0;
            for (size_t i = 0; i < j; i++)
                from += p->weights[t + i * p->days] * w > 0.0 ? p->weights[t + i * p->days] : 0.0;
            fprintf(out, "%zu %.9g %.9g %.9g\n", t, 100 * from, 100 * fmin(from, from + w), 100 * fmax(from, from + w));
        }
        fprintf(out, "END\n");
    }
}

static void print_days(FILE *out, const days_picture *p)
{
    fprintf(out, "$days << END\n");
    for (size_t t = 0; t < p->days; t++) {
        double net = 0.0;
        for (size_t j = 0; j < p->assets; j++)
            net += p->weights[t + j * p->days];
        fprintf(out, "%zu %.9g %.9g %.9g %.9g %.9g %.9g %.9g %.9g\n", t, 100 * net, 100 * p->turnover[t],
                p->gave_way[t] ? 100 * p->turnover[t] : 0.0, 1e4 * p->fees[t], 1e4 * (p->fees[t] + p->pools[t]),
                fmin(p->distance[t], 99.0), fmin(p->other[t], 99.0), fmin(p->morning[t], 99.0));
    }
    fprintf(out, "END\n");
}

static void print_weights(FILE *out, const days_picture *p)
{
    open_panel(out, p, &panels[0], 0);
    print_text(out, p->title, LEFT, 34, ",20", INK);
    print_text(out, p->subtitle, LEFT, 64, ",13", MUTED);
    for (size_t j = 0; j < p->assets; j++)
        print_square(out, RIGHT + 24, panels[0].top + 14 + 24 * (double)j, colors[j], p->name[j]);
    const double y = panels[0].top + 14 + 24 * (double)p->assets;
    fprintf(
        out,
        "set arrow from screen %.5f, screen %.5f to screen %.5f, screen %.5f nohead linewidth 2 linecolor rgb '%s'\n",
        (RIGHT + 18.0) / WIDTH, 1 - y / HEIGHT, (RIGHT + 30.0) / WIDTH, 1 - y / HEIGHT, INK);
    print_text(out, "net", RIGHT + 38, y, ",12", INK);
    fprintf(out, "set yrange [*:*]\nset ytics format '%%g'\nplot ");
    for (size_t j = 0; j < p->assets; j++)
        fprintf(
            out,
            "$w%zu using 1:3:($1-0.42):($1+0.42):3:4 with boxxyerror fillstyle solid noborder linecolor rgb '%s', \\\n",
            j, colors[j]);
    fprintf(out, "0 with lines linewidth 1 linecolor rgb '%s', \\\n", INK);
    fprintf(out,
            "$days using 1:2 with lines linewidth 3.5 linecolor rgb 'white', \\\n"
            "$days using 1:2 with lines linewidth 2 linecolor rgb '%s'\n",
            INK);
}

static void print_turnover(FILE *out, const days_picture *p)
{
    double most = 0.0;
    for (size_t t = 0; t < p->days; t++)
        most = fmax(most, 100 * p->turnover[t]);
    open_panel(out, p, &panels[1], 0);
    print_square(out, RIGHT + 24, panels[1].top + 14, BAR, "within limits");
    print_square(out, RIGHT + 24, panels[1].top + 38, WARNING, "a limit gave way");
    fprintf(out,
            "set yrange [0:*]\nset ytics %d format '%%g'\nplot %.9g with lines linewidth 1 dashtype (6, 4) linecolor "
            "rgb '%s', \\\n"
            "$days using 1:3 with boxes fillstyle solid noborder linecolor rgb '%s', \\\n"
            "$days using 1:4 with boxes fillstyle solid noborder linecolor rgb '%s'\n",
            most > 400   ? 200
            : most > 120 ? 50
                         : 20,
            100 * p->turnover_limit, MUTED, BAR, WARNING);
}

static void print_cost(FILE *out, const days_picture *p)
{
    double most = 0.0;
    for (size_t t = 0; t < p->days; t++)
        most = fmax(most, 1e4 * (p->fees[t] + p->pools[t]));
    open_panel(out, p, &panels[2], 0);
    print_square(out, RIGHT + 24, panels[2].top + 14, BAR, "exchange fees");
    print_square(out, RIGHT + 24, panels[2].top + 38, POOL, "pools");
    fprintf(out, "set yrange [0:*]\nset ytics %g format '%%g'\n",
            most > 50   ? 20.0
            : most > 15 ? 5.0
            : most > 5  ? 2.0
                        : 1.0);
    fprintf(out, "plot $days using 1:6 with boxes fillstyle solid noborder linecolor rgb '%s', \\\n", POOL);
    fprintf(out, "$days using 1:5 with boxes fillstyle solid noborder linecolor rgb '%s'\n", BAR);
}

static void print_distance(FILE *out, const days_picture *p)
{
    open_panel(out, p, &panels[3], 1);
    print_square(out, RIGHT + 24, panels[3].top + 14, CURVE, "after trading");
    print_square(out, RIGHT + 24, panels[3].top + 38, "#e0a030", "before trading");
    print_square(out, RIGHT + 24, panels[3].top + 62, "#a9b4c0", "without rows");
    print_text(out, "below 1 a listed", RIGHT + 18, panels[3].top + 96, ",12", WARNING);
    print_text(out, "shock liquidates", RIGHT + 18, panels[3].top + 112, ",12", WARNING);
    fprintf(out, "set yrange [0.6:1.8]\nset ytics 0.2 format '%%g'\nset object 1 rectangle from graph 0, graph 0 to "
                 "graph 1, first 1 "
                 "fillstyle solid noborder fillcolor rgb '#fbeeea' behind\n");
    fprintf(out,
            "plot 1 with lines linewidth 1.5 linecolor rgb '%s', \\\n"
            "$days using 1:8 with lines linewidth 2 linecolor rgb '#a9b4c0', \\\n"
            "$days using 1:9:(0):($7-$9) with vectors nohead linewidth 1.5 linecolor rgb '#e0a030', \\\n"
            "$days using 1:9 with points pointtype 7 pointsize 0.45 linecolor rgb '#e0a030', \\\n"
            "$days using 1:7 with linespoints linewidth 2.5 pointtype 7 pointsize 0.4 linecolor rgb '%s'\n",
            WARNING, CURVE);
}

static int print_picture(FILE *out, const void *what, const char *path)
{
    const days_picture *p = what;
    print_boxes(out, p);
    print_days(out, p);
    fprintf(out, "set terminal svg size %d,%d font 'Helvetica,14' background rgb 'white'\nset output ", WIDTH, HEIGHT);
    picture_quote(out, path);
    fprintf(out, "\nset multiplot\nunset key\nset lmargin at screen %.5f\nset rmargin at screen %.5f\n",
            (double)LEFT / WIDTH, (double)RIGHT / WIDTH);
    fprintf(out,
            "set border 1 linecolor rgb '%s' linewidth 1\nset grid ytics linetype 1 linecolor rgb '%s' linewidth 1\n",
            GRID, GRID);
    fprintf(out, "set ytics nomirror scale 0 font ',12' textcolor rgb '%s'\nset boxwidth 0.84\n", MUTED);
    fprintf(out, "set xrange [-0.7:%.9g]\n", (double)p->days - 0.3);
    print_weights(out, p);
    print_turnover(out, p);
    print_cost(out, p);
    print_distance(out, p);
    fprintf(out, "unset multiplot\nunset output\n");
    return 1;
}

int days_picture_write(const days_picture *p, const char *path, char *message, size_t message_size)
{
    return picture_draw(print_picture, p, path, message, message_size);
}
