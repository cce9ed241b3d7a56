### What is on air.

onair-reason-too-long = A reason can have at most 200 characters.
onair-changed-meanwhile = Others were changing this track at the same moment. Look at what is on now and try again.
onair-mode-unknown = There is no such mode. Use auto, manual or hold.
onair-kept-switches = Talks that you put on air
onair-kept-switches-why = The history of a track stays complete; your name is taken off it.
