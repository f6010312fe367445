-- lexical: comments inside the name
SELECT/**/email/**/FROM/**/public/* . */./* x */users--
