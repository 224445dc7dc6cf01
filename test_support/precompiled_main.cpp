// Exists for the headers that all tests share, precompiled: see cmake/Precompiled.cmake.
int main() { return 0; }
