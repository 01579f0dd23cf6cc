"""The screen: what the pages are drawn with. Only here, in the pages and in the entry file is
Streamlit imported, and nothing here measures anything."""
