using Grpc.Core;

namespace Grpc.AspNetCore.Server.Internal;

/// <summary>One method of a service and how to run a call of it.</summary>
/// <param name="Method">From the generated code.</param>
/// <param name="Invoke">Reads the request, runs the handler and writes its response, if it is one message.</param>
/// <param name="Metadata">Of the endpoint: the attributes of class and handler among them.</param>
internal sealed record ServiceMethod(
    IMethod Method, Func<HttpServerCallContext, Task> Invoke, IReadOnlyList<object> Metadata);
