realtime-bad-frame = The message is not one of those described in the documentation of realtime.
realtime-too-many-topics = This connection reads as many topics as one connection may.
