"""Signs for what stands in a picture, drawn for it: lines in a square of 20 units."""

from __future__ import annotations

SIZE = 20

PATHS = {
    # A globe: whoever comes from outside.
    "clients": "M10 2.5a7.5 7.5 0 1 0 0 15a7.5 7.5 0 1 0 0-15M2.5 10h15"
    "M10 2.5c-5 4.5-5 10.5 0 15M10 2.5c5 4.5 5 10.5 0 15",
    # One way in, three ways on.
    "load_balancer": "M10 2.5v4.5M10 10V17M4 17v-3.5q0-3.5 3.5-3.5h5q3.5 0 3.5 3.5V17"
    "M10 7v3M2.5 17h3M8.5 17h3M14.5 17h3",
    "eye": "M2 10c3-5.5 13-5.5 16 0c-3 5.5-13 5.5-16 0M10 7.5a2.5 2.5 0 1 0 0 5a2.5 2.5 0 1 0 0-5",
    "shield": "M10 2.5l6.5 2.3v4.7c0 4-2.7 6.7-6.5 8c-3.8-1.3-6.5-4-6.5-8V4.8zM7 9.8l2.2 2.2l4-4.2",
    # A box, as containers are packed in.
    "service": "M10 2.5l6.5 3.7v7.6L10 17.5l-6.5-3.7V6.2zM3.5 6.2L10 10l6.5-3.8M10 10v7.5",
    "key": "M12.8 3.2a4 4 0 1 0 0 8a4 4 0 1 0 0-8M9.9 10.1L3.2 16.8"
    "M5.4 14.6l2.2 2.2M7.6 12.4l1.8 1.8",
    "log": "M5 2.5h7l3.5 3.5v11.5H5zM12 2.5V6h3.5M7.7 9.5h5M7.7 12h5M7.7 14.5h3",
    "bell": "M4.5 14c1.2-1.2 1.5-2.6 1.5-5a4 4 0 0 1 8 0c0 2.4.3 3.8 1.5 5z"
    "M8.5 16.5q1.5 1.4 3 0M10 5V3",
    "cluster": "M3 3h6v6H3zM11 3h6v6h-6zM3 11h6v6H3zM11 11h6v6h-6z",
    # Out, and not in.
    "nat": "M3 5v10M6 10h10.5M13 6.5l3.5 3.5l-3.5 3.5",
    "endpoint": "M3 10h5M8 6.5v7h2.5a3.5 3.5 0 0 0 0-7zM14 10h3",
    "name": "M3 5.5h10.5L17 10l-3.5 4.5H3zM6.2 10h5.2",
    "event": "M11.5 2.5L5 11.5h4.5l-1 6l6.5-9h-4.5z",
    "commit": "M10 6.5a3.5 3.5 0 1 0 0 7a3.5 3.5 0 1 0 0-7M1.5 10h5M13.5 10h5",
    "hammer": "M9.5 8.5L3.5 14.5l2 2l6-6M8.5 7.5l3-4l5 5l-4 3z",
    "loop": "M16 10a6 6 0 1 1-1.8-4.3M16.3 2.8v3.6h-3.6",
    "stacks": "M3.5 4h13v3.4h-13zM3.5 8.4h13v3.4h-13zM3.5 12.8h13v3.4h-13z",
    "release": "M3.5 5.5h5.5q2 0 2 2v5q0 2 2 2h3.5M13.5 11.5l3 3l-3 3M3.5 14.5h3M13 5.5h3.5",
    "person": "M10 3a3.2 3.2 0 1 0 0 6.4a3.2 3.2 0 1 0 0-6.4"
    "M3.8 17c.4-3.6 3-5.4 6.2-5.4s5.8 1.8 6.2 5.4",
    "skip": "M3 13c0-8 13-8 13 0M12.8 10l3.2 3.3l2.6-3.6",
    "back": "M4 10a6 6 0 1 0 1.8-4.3M3.7 2.8v3.6h3.6",
    "clock": "M10 2.8a7.2 7.2 0 1 0 0 14.4a7.2 7.2 0 1 0 0-14.4M10 6v4.2l2.8 1.8",
}
