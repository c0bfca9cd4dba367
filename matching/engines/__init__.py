"""The engines: arrays in, a seat for each student and the proof of the optimum out."""
