"""Travel by a real timetable (``provider = "gtfs"``).

``text`` reads the files of a feed, ``feed`` makes them into arrays, ``times`` says on which dates a
round travels, ``paths`` holds the ways on foot, ``scan`` follows the timetable for all sites
together, ``minutes`` answers for pairs and ``itinerary`` tells the way of one of them.
"""
