-- Films go with their slate, also where that goes with its conference: what nobody can play any more is litter.
CREATE TRIGGER slate_files_go AFTER DELETE ON slate
BEGIN DELETE FROM blob WHERE id = OLD.original OR id = OLD.played; END;
