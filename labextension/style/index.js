import text from '!!../inline.js!./index.css';

const style = document.createElement('style');
style.textContent = text;
document.head.append(style);
