-- Films go with their slate, also where that goes with its conference: what nobody can play any more is litter.
CREATE FUNCTION slate_files_go() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN DELETE FROM blob WHERE id = OLD.original OR id = OLD.played; RETURN NULL; END $$;
CREATE TRIGGER slate_files_go AFTER DELETE ON slate
FOR EACH ROW EXECUTE FUNCTION slate_files_go();
