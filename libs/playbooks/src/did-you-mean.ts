export { nearest } from '#libs/domain';
