"""PAdES baseline B-B for the school's seal: plan a field, prepare, embed. The verifier is verify/pdf.py."""
