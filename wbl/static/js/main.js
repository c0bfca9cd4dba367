// Each module improves pages that work without it; none of them is needed.
import { refreshFragments } from "./refresh.js";
import { confirmSubmits } from "./confirm.js";
import { rememberFilters } from "./filters.js";
import { closeMenus, focusSummary, guardSubmits } from "./forms.js";

refreshFragments();
confirmSubmits();
rememberFilters();
focusSummary();
guardSubmits();
closeMenus();
