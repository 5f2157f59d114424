/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The sections of the page. Each says what it is called, whether there is
 * anything to show, and how it is drawn; report.c decides their order.
 */
#ifndef PVB_REPORT_SECTIONS_H
#define PVB_REPORT_SECTIONS_H

#include "report-page.h"

/**
 * struct section - one section of the page
 * @id: its anchor
 * @link: its name in the list of links at the top
 * @title: its heading
 * @has_data: false: left out; NULL: always shown
 * @draw: writes it to the page's file
 */
struct section {
	const char *id, *link, *title;
	bool (*has_data)(const struct report *r);
	void (*draw)(struct report *r);
};

extern const struct section headline_section;
extern const struct section efficiency_section;
extern const struct section throughput_section;
extern const struct section size_section;
extern const struct section latency_section;
extern const struct section share_section;
extern const struct section pause_section;
extern const struct section boost_section;
extern const struct section guest_section;
extern const struct section values_section;
extern const struct section conditions_section;
extern const struct section data_section;

#endif
