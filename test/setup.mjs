// CommonJS packages that require Nest need it loaded as ESM first, else "Cannot require() ES Module … in a cycle".
import 'reflect-metadata';
import '@nestjs/common';
import '@nestjs/core';
