namespace Grpc.Core;

/// <summary>Opaque. Neither server nor client here makes or takes one.</summary>
public abstract class ContextPropagationToken
{
    internal ContextPropagationToken()
    {
    }
}
