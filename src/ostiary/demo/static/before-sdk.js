// The SDK's bundle carries a runtime that, finding this name undeclared, declares it by evaluating a
// string, which our Content-Security-Policy forbids. Declared beforehand, it is simply assigned.
var regeneratorRuntime;
