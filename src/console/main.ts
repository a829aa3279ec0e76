import { mount } from 'svelte';

import App from './app.svelte';
import './styles/tokens.css';
import './styles/base.css';
import './styles/parts.css';

mount(App, { target: document.body });
