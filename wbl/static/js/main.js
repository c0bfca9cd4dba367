// Each module improves pages that work without it; none of them is needed.
import { refreshFragments } from "./refresh.js";
import { confirmSubmits } from "./confirm.js";
import { rememberFilters } from "./filters.js";
import { saveDrafts } from "./drafts.js";
import { closeMenus, focusSummary, guardSubmits } from "./forms.js";
import { countTicks } from "./bulk.js";
import { keepHours } from "./hours.js";
import { followTheLaw, loadLater, showWhatIsNeeded } from "./postings.js";
import { sortLists } from "./sortable.js";
import { focusScrollingTables } from "./tables.js";
import { paintWeeks } from "./week.js";

refreshFragments();
confirmSubmits();
rememberFilters();
focusSummary();
guardSubmits();
closeMenus();
focusScrollingTables();
countTicks();
followTheLaw();
loadLater();
showWhatIsNeeded();
paintWeeks();
sortLists();
saveDrafts();
keepHours();
