namespace Grpc.Core;

/// <summary>A method's description without its message types.</summary>
public interface IMethod
{
    MethodType Type { get; }

    /// <summary>With its package, such as <c>fineweb.v1.Coordination</c>.</summary>
    string ServiceName { get; }

    string Name { get; }

    /// <summary>The request path: <c>/service/method</c>.</summary>
    string FullName { get; }
}
