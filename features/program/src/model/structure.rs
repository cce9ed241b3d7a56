//! What talks stand in, as somebody typed it: days, rooms, tracks, categories, and the words that a conference offers.
