/* SPDX-License-Identifier: MIT */
/* Versions, and the names of statuses and outcomes. */
#include "core/core.h"

#define TEXT_OF(x) #x
#define TEXT(x) TEXT_OF(x)

int32_t mvo_version_number(void)
{
    return MVO_VERSION_NUMBER;
}

const char *mvo_version_string(void)
{
    return TEXT(MVO_VERSION_MAJOR) "." TEXT(MVO_VERSION_MINOR) "." TEXT(MVO_VERSION_PATCH);
}

const char *mvo_status_name(mvo_status status)
{
    static const char *const names[] = {
        "MVO_OK",
        "MVO_ERROR_NULL",
        "MVO_ERROR_ARGUMENT",
        "MVO_ERROR_NOT_FINITE",
        "MVO_ERROR_NOT_SYMMETRIC",
        "MVO_ERROR_NOT_SEMIDEFINITE",
        "MVO_ERROR_LIMITS",
        "MVO_ERROR_NOT_FOUND",
        "MVO_ERROR_MEMORY",
        "MVO_ERROR_MISMATCH",
        "MVO_ERROR_STATE",
        "MVO_ERROR_OUT_OF_RANGE",
        "MVO_ERROR_INTERNAL",
        "MVO_ERROR_SINGULAR",
    };
    const int32_t count = (int32_t)(sizeof names / sizeof *names);
    return status <= 0 && status > -count ? names[-status] : "unknown status";
}

const char *mvo_outcome_name(mvo_outcome outcome)
{
    static const char *const names[] = {
        "MVO_OPTIMAL",         "MVO_INFEASIBLE", "MVO_UNBOUNDED",       "MVO_NOT_ATTAINED", "MVO_NO_EXCESS_RETURN",
        "MVO_NOT_CONVEX",      "MVO_ITERATION_LIMIT", "MVO_TIME_LIMIT", "MVO_CANCELLED",    "MVO_NUMERICAL",
        "MVO_NO_MEMORY",
    };
    const int32_t count = (int32_t)(sizeof names / sizeof *names);
    return outcome >= 0 && outcome < count ? names[outcome] : "unknown outcome";
}
